//! What may leave the program: made by the gate once the record is written.

use crate::base::ids::EntryId;

/// A value whose disclosure is on record. Its receipt goes out as `Audit-Receipt`.
pub struct Disclosed<T> {
    value: T,
    receipt: EntryId,
}

impl<T> Disclosed<T> {
    pub(super) fn after(value: T, receipt: EntryId) -> Self {
        Self { value, receipt }
    }
    /// The value and its receipt: for the door, which makes the answer of it.
    pub(crate) fn release(self) -> (T, String) {
        (self.value, self.receipt.to_string())
    }
    /// The disclosure, if there is anything in it: work whose transaction stands although nothing is shown gives none.
    pub fn some<U>(self) -> Option<Disclosed<U>>
    where
        T: Into<Option<U>>,
    {
        let receipt = self.receipt;
        self.value.into().map(|value| Disclosed { value, receipt })
    }
    /// The same disclosure in another form.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Disclosed<U> {
        Disclosed { value: f(self.value), receipt: self.receipt }
    }
    /// The same disclosure in a form that takes time to make and may fail. Its entry is written by then: it may say more than
    /// was seen, never less.
    pub async fn then<U, E>(self, f: impl AsyncFnOnce(T) -> Result<U, E>) -> Result<Disclosed<U>, E> {
        Ok(Disclosed { value: f(self.value).await?, receipt: self.receipt })
    }
}
