//! The ways of compressing give the same, and that is what FIPS 180-4 says.

use proptest::prelude::*;

use super::*;

/// Jobs over blocks that are counted up, each of so many blocks.
fn jobs(lengths: &[usize]) -> (Vec<[u8; BLOCK]>, Vec<Job>) {
    let total: usize = lengths.iter().sum();
    let blocks = (0..total).map(|i| std::array::from_fn(|j| (i * 31 + j * 7) as u8)).collect();
    let mut end = 0;
    let job = |n: &usize| {
        end += n;
        Job { state: START, blocks: end - n..end }
    };
    (blocks, lengths.iter().map(job).collect())
}

fn states(jobs: &[Job]) -> Vec<[u32; 8]> {
    jobs.iter().map(|job| job.state).collect()
}

fn fallback(lengths: &[usize]) -> Vec<[u32; 8]> {
    let (blocks, mut jobs) = jobs(lengths);
    each(|_| &blocks, &mut jobs);
    states(&jobs)
}

fn chosen(lengths: &[usize]) -> Vec<[u32; 8]> {
    let (blocks, mut jobs) = jobs(lengths);
    compress(|_| &blocks, &mut jobs);
    states(&jobs)
}

/// Pairing itself, on any processor: with the fallback's function for each of two messages.
#[cfg(target_arch = "x86_64")]
fn paired_by_one(lengths: &[usize]) -> Vec<[u32; 8]> {
    let (blocks, mut jobs) = jobs(lengths);
    paired(
        |_| &blocks,
        &mut jobs,
        |states, blocks| {
            assert_eq!(blocks[0].len(), blocks[1].len());
            states.into_iter().zip(blocks).for_each(|(state, blocks)| one(state, blocks));
        },
    );
    states(&jobs)
}

/// A way of compressing.
type Way = fn(&[[u8; BLOCK]], &mut [Job]);

#[test]
fn one_block_is_the_standards_example() {
    // "abc", FIPS 180-2, appendix B.1: its one block, and the state after it.
    let mut block = [0; BLOCK];
    block[..4].copy_from_slice(b"abc\x80");
    block[BLOCK - 1] = 24;
    let job = Job { state: START, blocks: 0..1 };
    let expected = [
        0xba78_16bf,
        0x8f01_cfea,
        0x4141_40de,
        0x5dae_2223,
        0xb003_61a3,
        0x9617_7a9c,
        0xb410_ff61,
        0xf200_15ad,
    ];
    let blocks = [block];
    let ways: [Way; 2] =
        [|blocks, jobs| each(|_| blocks, jobs), |blocks, jobs| compress(|_| blocks, jobs)];
    for run in ways {
        let mut jobs = vec![job.clone(), job.clone(), job.clone()];
        run(&blocks, &mut jobs);
        assert_eq!(states(&jobs), vec![expected; 3]);
    }
}

#[test]
fn lanes_of_very_different_lengths_agree() {
    for lengths in [&[][..], &[1], &[1, 4000], &[4000, 1], &[1, 1000, 1, 1, 1000], &[300, 1, 1]] {
        assert_eq!(chosen(lengths), fallback(lengths), "{lengths:?}");
        #[cfg(target_arch = "x86_64")]
        assert_eq!(paired_by_one(lengths), fallback(lengths), "{lengths:?}");
    }
}

proptest! {
    #[test]
    fn any_jobs_agree(lengths in prop::collection::vec(1_usize..40, 0..20)) {
        prop_assert_eq!(chosen(&lengths), fallback(&lengths));
        #[cfg(target_arch = "x86_64")]
        prop_assert_eq!(paired_by_one(&lengths), fallback(&lengths));
    }
}
