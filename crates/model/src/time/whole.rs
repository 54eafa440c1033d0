//! Instants in the shape in which logs give nearly every one.

/// `YYYY-MM-DDTHH:MM:SSZ`, as seconds since the Unix epoch; `None` for all else, which is left to
/// the general parser.
pub(super) fn seconds(text: &[u8]) -> Option<i64> {
    let text: &[u8; 20] = text.try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', time @ ..] = *text else { return None };
    let [h0, h1, b':', n0, n1, b':', s0, s1, b'Z'] = time else { return None };
    let [century, year, month, day] = pairs([y0, y1, y2, y3, m0, m1, d0, d1])?;
    let [_, hour, minute, second] = pairs([b'0', b'0', h0, h1, n0, n1, s0, s1])?;
    // The 29th of February and leap seconds are for the general parser.
    let last = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month)
        || !(1..=last).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let days = days(century * 100 + year, month, day);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, years beginning in March.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (shifted, moved) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * moved + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The values of eight digits, two by two, all at once.
fn pairs(digits: [u8; 8]) -> Option<[i64; 4]> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(digits);
    // Digits are the bytes that begin with 3, also when 6 is added.
    let begin = |text: u64| text & (0xf0 * EACH);
    if begin(text) != 0x30 * EACH || begin(text + 6 * EACH) != 0x30 * EACH {
        return None;
    }
    const SECOND: u64 = 0x00ff_00ff_00ff_00ff;
    let values = text - 0x30 * EACH;
    let pairs = (values >> 8 & SECOND) * 10 + (values & SECOND);
    Some([48, 32, 16, 0].map(|shift| (pairs >> shift & 0xff).cast_signed()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_the_general_parser(text: &str) -> Option<i64> {
        text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
    }

    #[test]
    fn every_day_of_an_era_is_the_general_parsers() {
        // 1600-03-01 and 400 years on.
        for day in -135_080..-135_080 + 146_097_i64 {
            let at = jiff::Timestamp::from_second(day * 86_400 + 86_399).expect("a second");
            let text = at.to_string();
            if let Some(seconds) = seconds(text.as_bytes()) {
                assert_eq!(seconds, at.as_second(), "{text}");
            } else {
                assert!(text.contains("-02-29"), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_the_general_parser_takes(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z",
            at in 0..20_usize,
            byte in any::<u8>(),
        ) {
            if let Some(seconds) = seconds(text.as_bytes()) {
                prop_assert_eq!(Some(seconds), by_the_general_parser(&text));
            }
            let mut other = text.into_bytes();
            other[at] = byte;
            if let Some(seconds) = seconds(&other) {
                let text = str::from_utf8(&other).expect("only ASCII is taken");
                prop_assert_eq!(Some(seconds), by_the_general_parser(text));
            }
        }

        #[test]
        fn digits_are_digits(digits in any::<[u8; 8]>(), some in any::<[bool; 8]>()) {
            let digits = std::array::from_fn(|i| {
                if some[i] { b'0' + digits[i] % 10 } else { digits[i] }
            });
            let expected = digits.iter().all(u8::is_ascii_digit);
            prop_assert_eq!(pairs(digits).is_some(), expected);
        }
    }
}
