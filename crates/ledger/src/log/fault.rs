//! Where tests make a publication stop as a killed process would. Without tests this is nothing.

use std::path::Path;

use super::error::LedgerError;

#[cfg(not(test))]
#[derive(Clone, Debug)]
pub(crate) struct Fault;

#[cfg(not(test))]
impl Fault {
    pub(crate) const fn none() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same shape as under test")]
    pub(crate) const fn step(&self, _: &Path) -> Result<(), LedgerError> {
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "the same shape as under test")]
    pub(crate) const fn is_armed(&self) -> bool {
        false
    }
}

/// Counts steps down and fails from zero on: nothing happens after a crash.
#[cfg(test)]
#[derive(Clone, Debug)]
pub(crate) struct Fault(Option<std::sync::Arc<std::sync::atomic::AtomicI64>>);

#[cfg(test)]
impl Fault {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn after(steps: i64) -> Self {
        Self(Some(std::sync::Arc::new(steps.into())))
    }

    pub(crate) fn step(&self, path: &Path) -> Result<(), LedgerError> {
        let Some(left) = &self.0 else { return Ok(()) };
        if left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) > 0 {
            return Ok(());
        }
        Err(LedgerError::io(path)(std::io::Error::other("the test stops here")))
    }

    pub(crate) const fn is_armed(&self) -> bool {
        self.0.is_some()
    }
}
