//! Sealing: XChaCha20-Poly1305 under a case's own key, and that key wrapped by the master key.
//!
//! Three formats, all of one make; the nonce is random (24 bytes: no counter to keep, no repetition to fear):
//!
//! | what | bytes | associated data: label, then |
//! |---|---|---|
//! | sealed field | `1`, nonce 24, ciphertext, tag 16 | case, table, column, row |
//! | record's key under its case's key | `1`, nonce 24, key 32, tag 16 | case, table, column, row |
//! | case's key under the master key | `1`, master key id 8, nonce 24, key 32, tag 16 | case |
//!
//! In the associated data every part, the label too, stands behind its length (8 bytes, big endian), so that no two lists
//! of parts read the same. A value moved to another row, or taken for one of another kind, therefore does not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::random::{self, RandomError};

/// The first byte of everything sealed: a later format takes the next number, and both are read while rows are resealed.
const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const KEY: usize = 32;
const KEY_ID: usize = 8;

const FIELD: &str = "lianhu field";
const RECORD_KEY: &str = "lianhu record key";
const CASE_KEY: &str = "lianhu case key";

/// Why something was not sealed or not opened. Nothing of the content in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No nonce or key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cipher refuses what it is given: only beyond 256 GiB.
    #[error("too long to be sealed")]
    TooLong,
    /// Shorter than the shortest that could be sealed.
    #[error("the sealed value is cut short")]
    Truncated,
    /// Sealed in a format that this program does not know.
    #[error("sealed in format {0}, which is unknown here")]
    UnknownVersion(u8),
    /// Wrapped by a master key other than the one at hand.
    #[error("wrapped by master key {wrapped_by}; the one at hand is {at_hand}")]
    OtherMasterKey {
        /// The id of the key that wrapped it.
        wrapped_by: String,
        /// The id of the key that was to unwrap it.
        at_hand: String,
    },
    /// Wrapped by a master key that is nowhere.
    #[error("wrapped by master key {wrapped_by}, which is in no key file")]
    UnknownMasterKey {
        /// The id of the key that wrapped it.
        wrapped_by: String,
    },
    /// Changed, moved from another place, or sealed under another key: which of these cannot be told.
    #[error("the sealed value does not belong here, or was changed")]
    Refused,
}

/// Where a sealed value stands. It opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad<'a> {
    /// The case's id.
    pub case: &'a str,
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The row's id.
    pub row: &'a str,
}

impl Aad<'_> {
    fn encode(&self, label: &str) -> Vec<u8> {
        joined(&[label, self.case, self.table, self.column, self.row])
    }
}

/// The key of one case, or of one record that may be erased alone. Its bytes leave this module only wrapped.
pub struct DataKey(Zeroizing<[u8; KEY]>);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

impl DataKey {
    /// A fresh key.
    pub fn generate() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; KEY]);
        random::fill(key.as_mut_slice())?;
        Ok(Self(key))
    }

    /// Seals `plain` for the place `aad`. Sealing the same twice gives different bytes.
    pub fn seal(&self, aad: &Aad<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        encrypt(&self.0, &[VERSION], &aad.encode(FIELD), plain)
    }

    /// Opens what was sealed for the place `aad`.
    pub fn open(&self, aad: &Aad<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        decrypt(&self.0, &aad.encode(FIELD), after_version(sealed)?)
    }

    /// Wraps the key of the record at `aad` under this, its case's key: whoever destroys the wrapped key erases that record alone.
    pub fn wrap_record(&self, aad: &Aad<'_>, key: &DataKey) -> Result<Vec<u8>, VaultError> {
        encrypt(&self.0, &[VERSION], &aad.encode(RECORD_KEY), key.0.as_slice())
    }

    /// The key of the record at `aad`.
    pub fn unwrap_record(&self, aad: &Aad<'_>, wrapped: &[u8]) -> Result<DataKey, VaultError> {
        DataKey::from_plain(&decrypt(&self.0, &aad.encode(RECORD_KEY), after_version(wrapped)?)?)
    }

    fn from_plain(plain: &[u8]) -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; KEY]);
        if plain.len() != KEY {
            return Err(VaultError::Refused);
        }
        key.copy_from_slice(plain);
        Ok(Self(key))
    }
}

/// The key that wraps every case's key. It never touches content, so changing it rewraps keys and reseals nothing.
pub struct MasterKey {
    id: [u8; KEY_ID],
    key: Zeroizing<[u8; KEY]>,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl MasterKey {
    /// The master key with these bytes.
    pub fn new(key: Zeroizing<[u8; KEY]>) -> Self {
        let mut id = [0; KEY_ID];
        for (to, from) in id.iter_mut().zip(Sha256::digest(key.as_slice())) {
            *to = from;
        }
        Self { id, key }
    }

    /// Names the key without telling it: the first 8 bytes of its SHA-256, in hex.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.id)
    }

    /// Wraps the key of `case`.
    pub fn wrap(&self, case: &str, key: &DataKey) -> Result<Vec<u8>, VaultError> {
        let mut head = vec![VERSION];
        head.extend_from_slice(&self.id);
        encrypt(&self.key, &head, &joined(&[CASE_KEY, case]), key.0.as_slice())
    }

    /// The key of `case`, if this master key wrapped it for that case.
    pub fn unwrap(&self, case: &str, wrapped: &[u8]) -> Result<DataKey, VaultError> {
        let (wrapped_by, rest) = after_version(wrapped)?.split_first_chunk::<KEY_ID>().ok_or(VaultError::Truncated)?;
        if *wrapped_by != self.id {
            return Err(VaultError::OtherMasterKey { wrapped_by: HEXLOWER.encode(wrapped_by), at_hand: self.id() });
        }
        DataKey::from_plain(&decrypt(&self.key, &joined(&[CASE_KEY, case]), rest)?)
    }

    /// The id of the master key that wrapped this, as the bytes claim: tells a rotation what is left to rewrap.
    pub fn wrapped_by(wrapped: &[u8]) -> Result<String, VaultError> {
        let (id, _) = after_version(wrapped)?.split_first_chunk::<KEY_ID>().ok_or(VaultError::Truncated)?;
        Ok(HEXLOWER.encode(id))
    }
}

/// Every part behind its length, so that ("ab", "c") and ("a", "bc") differ.
fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        // A length beyond 64 bits cannot be held in memory.
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn after_version(sealed: &[u8]) -> Result<&[u8], VaultError> {
    match sealed.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((&other, _)) => Err(VaultError::UnknownVersion(other)),
        None => Err(VaultError::Truncated),
    }
}

fn encrypt(key: &[u8; KEY], head: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    encrypt_with(key, &random::bytes::<NONCE>()?, head, aad, plain)
}

fn encrypt_with(key: &[u8; KEY], nonce: &[u8; NONCE], head: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let sealed =
        XChaCha20Poly1305::new(key.into()).encrypt(nonce.into(), Payload { msg: plain, aad }).map_err(|_| VaultError::TooLong)?;
    Ok([head, nonce, &sealed].concat())
}

fn decrypt(key: &[u8; KEY], aad: &[u8], rest: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Truncated)?;
    if sealed.len() < TAG {
        return Err(VaultError::Truncated);
    }
    let plain = XChaCha20Poly1305::new(key.into())
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map_err(|_| VaultError::Refused)?;
    Ok(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Aad<'static> = Aad { case: "case-1", table: "notes", column: "body", row: "row-1" };

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(Zeroizing::new([byte; 32]))
    }

    /// draft-irtf-cfrg-xchacha-03, A.3.1.
    #[test]
    fn agrees_with_the_published_vector() {
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let key: [u8; 32] = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f").try_into().unwrap();
        let nonce: [u8; 24] = hex("404142434445464748494a4b4c4d4e4f5051525354555657").try_into().unwrap();
        let aad = hex("50515253c0c1c2c3c4c5c6c7");
        let plain =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let sealed = encrypt_with(&key, &nonce, &[1], &aad, plain).unwrap();
        assert_eq!(sealed[..25], [&[1][..], &nonce].concat());
        assert_eq!(
            HEXLOWER.encode(&sealed[25..]),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
             731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
             2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
             21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
        );
        assert_eq!(decrypt(&key, &aad, &sealed[1..]).unwrap().as_slice(), plain);
    }

    #[test]
    fn opens_where_it_was_sealed() {
        let key = DataKey::generate().unwrap();
        for plain in ["", "她说她怕回家", &"长".repeat(100_000)] {
            let sealed = key.seal(&HERE, plain.as_bytes()).unwrap();
            assert_eq!(sealed.len(), 1 + NONCE + plain.len() + TAG);
            assert_eq!(key.open(&HERE, &sealed).unwrap().as_slice(), plain.as_bytes());
        }
    }

    #[test]
    fn the_same_sealed_twice_differs() {
        let key = DataKey::generate().unwrap();
        assert_ne!(key.seal(&HERE, b"x").unwrap(), key.seal(&HERE, b"x").unwrap());
    }

    #[test]
    fn does_not_open_in_another_case_table_column_or_row() {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(&HERE, b"x").unwrap();
        for elsewhere in [
            Aad { case: "case-2", ..HERE },
            Aad { table: "parties", ..HERE },
            Aad { column: "title", ..HERE },
            Aad { row: "row-2", ..HERE },
        ] {
            assert_eq!(key.open(&elsewhere, &sealed), Err(VaultError::Refused), "{elsewhere:?}");
        }
        assert!(key.open(&HERE, &sealed).is_ok());
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(&Aad { case: "ab", table: "cd", column: "ef", row: "gh" }, b"x").unwrap();
        for shifted in [
            Aad { case: "a", table: "bcd", column: "ef", row: "gh" },
            Aad { case: "ab", table: "cde", column: "f", row: "gh" },
            Aad { case: "ab", table: "cd", column: "efg", row: "h" },
            Aad { case: "abcd", table: "", column: "ef", row: "gh" },
        ] {
            assert_eq!(key.open(&shifted, &sealed), Err(VaultError::Refused), "{shifted:?}");
        }
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(&HERE, b"plain").unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                let expected = if at == 0 { VaultError::UnknownVersion(changed[0]) } else { VaultError::Refused };
                assert_eq!(key.open(&HERE, &changed), Err(expected), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn cut_short_is_refused() {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(&HERE, b"plain").unwrap();
        for len in 0..sealed.len() {
            let expected = if len < 1 + NONCE + TAG { VaultError::Truncated } else { VaultError::Refused };
            assert_eq!(key.open(&HERE, &sealed[..len]), Err(expected), "{len} bytes");
        }
    }

    #[test]
    fn another_key_does_not_open_it() {
        let sealed = DataKey::generate().unwrap().seal(&HERE, b"x").unwrap();
        assert_eq!(DataKey::generate().unwrap().open(&HERE, &sealed), Err(VaultError::Refused));
    }

    #[test]
    fn a_wrapped_key_opens_what_it_sealed() {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(&HERE, b"x").unwrap();
        let wrapped = master(1).wrap("case-1", &key).unwrap();
        assert_eq!(wrapped.len(), 1 + KEY_ID + NONCE + KEY + TAG);
        assert_eq!(master(1).unwrap("case-1", &wrapped).unwrap().open(&HERE, &sealed).unwrap().as_slice(), b"x");
    }

    #[test]
    fn a_wrapped_key_is_bound_to_its_case_and_master() {
        let wrapped = master(1).wrap("case-1", &DataKey::generate().unwrap()).unwrap();
        assert_eq!(master(1).unwrap("case-2", &wrapped).unwrap_err(), VaultError::Refused);
        assert_eq!(
            master(2).unwrap("case-1", &wrapped).unwrap_err(),
            VaultError::OtherMasterKey { wrapped_by: master(1).id(), at_hand: master(2).id() }
        );
        // The id is only a label: written over, the key itself still does not fit.
        let mut renamed = wrapped.clone();
        renamed[1..9].copy_from_slice(&master(2).id);
        assert_eq!(master(2).unwrap("case-1", &renamed).unwrap_err(), VaultError::Refused);
        assert_eq!(MasterKey::wrapped_by(&wrapped).unwrap(), master(1).id());
    }

    #[test]
    fn a_wrapped_key_cut_or_changed_is_refused() {
        let wrapped = master(1).wrap("case-1", &DataKey::generate().unwrap()).unwrap();
        for len in 0..wrapped.len() {
            assert!(master(1).unwrap("case-1", &wrapped[..len]).is_err(), "{len} bytes");
        }
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert!(master(1).unwrap("case-1", &changed).is_err(), "byte {at}");
        }
        assert_eq!(MasterKey::wrapped_by(&[1, 2, 3]), Err(VaultError::Truncated));
        assert_eq!(MasterKey::wrapped_by(&[9; 81]), Err(VaultError::UnknownVersion(9)));
    }

    #[test]
    fn a_records_key_is_bound_to_its_record_and_is_no_field() {
        let (case, note) = (DataKey::generate().unwrap(), DataKey::generate().unwrap());
        let sealed = note.seal(&HERE, b"x").unwrap();
        let wrapped = case.wrap_record(&HERE, &note).unwrap();
        assert_eq!(case.unwrap_record(&HERE, &wrapped).unwrap().open(&HERE, &sealed).unwrap().as_slice(), b"x");
        assert_eq!(case.unwrap_record(&Aad { row: "row-2", ..HERE }, &wrapped).unwrap_err(), VaultError::Refused);
        assert_eq!(case.open(&HERE, &wrapped), Err(VaultError::Refused));
        let field = case.seal(&HERE, &[7; 32]).unwrap();
        assert_eq!(case.unwrap_record(&HERE, &field).unwrap_err(), VaultError::Refused);
    }

    #[test]
    fn the_master_keys_id_is_the_start_of_its_sha256() {
        // SHA-256 of 32 zero bytes begins 66687aadf862bd77.
        assert_eq!(master(0).id(), "66687aadf862bd77");
    }

    #[test]
    fn keys_do_not_show_themselves() {
        assert_eq!(format!("{:?}", DataKey(Zeroizing::new([7; 32]))), "DataKey(..)");
        assert_eq!(format!("{:?}", master(0)), r#"MasterKey { id: "66687aadf862bd77", .. }"#);
        static_assertions::assert_not_impl_any!(DataKey: Clone, Copy, serde::Serialize, fmt::Display);
        static_assertions::assert_not_impl_any!(MasterKey: Clone, Copy, serde::Serialize, fmt::Display);
    }

    proptest! {
        #[test]
        fn different_places_encode_differently(a in proptest::array::uniform2(".{0,6}"), b in proptest::array::uniform2(".{0,6}")) {
            let encode = |[case, row]: &[String; 2]| Aad { case, table: "t", column: "c", row }.encode(FIELD);
            prop_assert_eq!(encode(&a) == encode(&b), a == b);
        }

        #[test]
        fn nothing_made_up_opens(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            prop_assert!(DataKey(Zeroizing::new([7; 32])).open(&HERE, &bytes).is_err());
            prop_assert!(master(1).unwrap("case-1", &bytes).is_err());
        }
    }
}
