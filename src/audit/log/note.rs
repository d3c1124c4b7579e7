//! Checkpoints: the head of the tree as a note that the log signs (C2SP `signed-note`, `tlog-checkpoint`) and witnesses
//! cosign (`tlog-cosignature`, version 1: the signature covers its own time). Keys are Ed25519.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use signed_note::{Note, VerifierList, is_key_name_valid};
use tlog_tiles::{Checkpoint as Head, Hash};
use zeroize::Zeroizing;

use crate::base::time::Timestamp;

/// What a key is for; the first byte of a public key as notes write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    /// Signs the log's own checkpoints (signed-note type `0x01`).
    Log,
    /// Cosigns them (signed-note type `0x04`).
    Witness,
}

impl Use {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// Why a note, or a key, is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not `name+id+key`.
    #[error("not a verifier key: name+id+key is expected (C2SP signed-note)")]
    Key,
    /// A name with spaces or `+`, or none.
    #[error("not a name for a key: no spaces, no +")]
    Name,
    /// Not a signed checkpoint.
    #[error("not a signed checkpoint")]
    Malformed,
    /// A signature by a known key is wrong.
    #[error("the signature of {name} (key {id:08x}) is wrong")]
    Signature {
        /// The key's name.
        name: String,
        /// The key's id.
        id: u32,
    },
    /// No key of the log that is known signed it.
    #[error("no known key of the log signed it")]
    Unsigned,
}

/// A public key: `name+id+base64`, as C2SP signed-note writes verifier keys.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    of: Use,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// What it is for.
    pub const fn of(&self) -> Use {
        self.of
    }
    /// Its id within notes.
    pub fn id(&self) -> u32 {
        signed_note::key_id(&self.name, &self.encoded())
    }
    /// The same, as text.
    pub fn id_hex(&self) -> String {
        format!("{:08x}", self.id())
    }
    fn encoded(&self) -> Vec<u8> {
        let mut bytes = vec![self.of.byte()];
        bytes.extend_from_slice(self.key.as_bytes());
        bytes
    }
    fn is_valid(&self, text: &[u8], signature: &[u8]) -> bool {
        let check = |message: &[u8], signature: &[u8]| {
            Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
        };
        match self.of {
            Use::Log => check(text, signature),
            Use::Witness => signature
                .split_first_chunk::<8>()
                .is_some_and(|(time, rest)| check(&cosigned(u64::from_be_bytes(*time), text), rest)),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id(), BASE64.encode(&self.encoded()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, rest) = text.trim().split_once('+').ok_or(NoteError::Key)?;
        let (id, key) = rest.split_once('+').ok_or(NoteError::Key)?;
        if !is_key_name_valid(name) {
            return Err(NoteError::Name);
        }
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| NoteError::Key)?;
        let (kind, public) = bytes.split_first().ok_or(NoteError::Key)?;
        let of = [Use::Log, Use::Witness].into_iter().find(|of| of.byte() == *kind).ok_or(NoteError::Key)?;
        let public: [u8; 32] = public.try_into().map_err(|_| NoteError::Key)?;
        let key = VerifyingKey::from_bytes(&public).map_err(|_| NoteError::Key)?;
        let key = Self { name: name.to_owned(), of, key };
        if key.id_hex() == id { Ok(key) } else { Err(NoteError::Key) }
    }
}

impl signed_note::Verifier for VerifierKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn key_id(&self) -> u32 {
        self.id()
    }
    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        self.is_valid(text, signature)
    }
}

/// What a witness signs: the time, and the checkpoint's text.
fn cosigned(time: u64, text: &[u8]) -> Vec<u8> {
    let mut message = format!("cosignature/v1\ntime {time}\n").into_bytes();
    message.extend_from_slice(text);
    message
}

/// A private key, for the log or a witness.
pub struct Signer {
    public: VerifierKey,
    key: SigningKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public)
    }
}

/// A checkpoint's text, signed by some keys at one time.
struct At<'a>(&'a Signer, u64);

impl signed_note::Signer for At<'_> {
    fn name(&self) -> &str {
        &self.0.public.name
    }
    fn key_id(&self) -> u32 {
        self.0.public.id()
    }
    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(match self.0.public.of {
            Use::Log => self.0.key.sign(text).to_bytes().to_vec(),
            Use::Witness => {
                let mut signature = self.1.to_be_bytes().to_vec();
                signature.extend_from_slice(&self.0.key.sign(&cosigned(self.1, text)).to_bytes());
                signature
            }
        })
    }
}

impl Signer {
    /// From a seed of 32 bytes. Errors: not a name.
    pub fn new(name: &str, of: Use, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_key_name_valid(name) {
            return Err(NoteError::Name);
        }
        let seed = Zeroizing::new(*seed);
        let key = SigningKey::from_bytes(&seed);
        Ok(Self { public: VerifierKey { name: name.to_owned(), of, key: key.verifying_key() }, key })
    }
    /// The public key.
    pub const fn public(&self) -> &VerifierKey {
        &self.public
    }
    /// Cosigns a checkpoint: its line for the note. Errors: not a note.
    pub fn cosign(&self, checkpoint: &Checkpoint, at: Timestamp) -> Result<String, NoteError> {
        let mut note = Note::new(checkpoint.text().as_bytes(), &[]).map_err(|_| NoteError::Malformed)?;
        let seconds = u64::try_from(at.seconds()).unwrap_or(0);
        note.add_sigs(&[&At(self, seconds)]).map_err(|_| NoteError::Malformed)?;
        let whole = String::from_utf8(note.to_bytes()).map_err(|_| NoteError::Malformed)?;
        whole.lines().last().map(str::to_owned).ok_or(NoteError::Malformed)
    }
}

/// A note with further signature lines.
pub fn note_with<'l>(note: &str, lines: impl IntoIterator<Item = &'l str>) -> String {
    lines.into_iter().fold(note.to_owned(), |note, line| note + line.trim_end() + "\n")
}

/// A cosignature that was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness's name.
    pub name: String,
    /// Its key's id.
    pub id: u32,
    /// When it cosigned, by its own clock.
    pub at: Timestamp,
}

/// A head of the log that a known key of the log signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// Which of the known keys of the log signed it.
    pub signed_by: Vec<u32>,
    /// The cosignatures of known witnesses.
    pub cosignatures: Vec<Cosignature>,
    note: String,
}

impl Checkpoint {
    /// Signs a head by one key of the log, or by two when the one hands over to the other. Errors: the origin is no name.
    pub fn sign(origin: &str, size: u64, root: Hash, signers: &[&Signer]) -> Result<Self, NoteError> {
        let head = Head::new(origin, size, root, "").map_err(|_| NoteError::Malformed)?;
        let mut note = Note::new(&head.to_bytes(), &[]).map_err(|_| NoteError::Malformed)?;
        let at: Vec<At<'_>> = signers.iter().map(|signer| At(signer, 0)).collect();
        let dynamic: Vec<&dyn signed_note::Signer> = at.iter().map(|at| -> &dyn signed_note::Signer { at }).collect();
        note.add_sigs(&dynamic).map_err(|_| NoteError::Name)?;
        let note = String::from_utf8(note.to_bytes()).map_err(|_| NoteError::Malformed)?;
        let signed_by = signers.iter().map(|signer| signer.public.id()).collect();
        Ok(Self { origin: origin.to_owned(), size, root, signed_by, cosignatures: Vec::new(), note })
    }

    /// Reads a note and checks it by these keys, of the log and of witnesses. Errors: it is no checkpoint, no known key of the log
    /// signed it, or a signature by a known key is wrong. Signatures by unknown keys are passed over.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, NoteError> {
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| NoteError::Malformed)?;
        let head = Head::from_bytes(parsed.text()).map_err(|_| NoteError::Malformed)?;
        let known = keys.iter().map(|key| -> Box<dyn signed_note::Verifier> { Box::new(key.clone()) }).collect();
        let (right, _) = parsed.verify(&VerifierList::new(known)).map_err(|error| match error {
            signed_note::NoteError::InvalidSignature { name, id } => NoteError::Signature { name, id },
            signed_note::NoteError::MalformedNote => NoteError::Malformed,
            _ => NoteError::Unsigned,
        })?;
        let (mut signed_by, mut cosignatures) = (Vec::new(), Vec::new());
        for signature in right {
            let Some(key) = keys.iter().find(|key| key.name == signature.name() && key.id() == signature.id()) else { continue };
            match key.of {
                Use::Log if key.name == head.origin() => signed_by.push(key.id()),
                Use::Log => {}
                Use::Witness => {
                    let time = signature.signature().first_chunk::<8>().map_or(0, |time| u64::from_be_bytes(*time));
                    let at = Timestamp::from_micros(i64::try_from(time).unwrap_or(i64::MAX).saturating_mul(1_000_000));
                    cosignatures.push(Cosignature { name: key.name.clone(), id: key.id(), at });
                }
            }
        }
        if signed_by.is_empty() {
            return Err(NoteError::Unsigned);
        }
        let (origin, size, root) = (head.origin().to_owned(), head.size(), *head.hash());
        Ok(Self { origin, size, root, signed_by, cosignatures, note: note.to_owned() })
    }

    /// The origin a note claims, unchecked: to find out which keys to check it by.
    pub fn claimed_origin(note: &str) -> Option<&str> {
        note.lines().next().filter(|line| !line.is_empty())
    }

    /// Whether a text is written as a signed checkpoint is, whoever signed it.
    pub fn is_one(note: &str) -> bool {
        Note::from_bytes(note.as_bytes()).is_ok_and(|note| Head::from_bytes(note.text()).is_ok())
    }

    /// The whole note.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// What is signed: the note without its signatures.
    pub fn text(&self) -> &str {
        self.note.rfind("\n\n").and_then(|end| self.note.get(..=end)).unwrap_or(&self.note)
    }

    /// The note with further signature lines.
    pub fn note_with<'l>(&self, lines: impl IntoIterator<Item = &'l str>) -> String {
        note_with(&self.note, lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::log::leaf_hash;

    fn log(seed: u8) -> Signer {
        Signer::new("example.cn/log", Use::Log, &[seed; 32]).unwrap()
    }

    #[test]
    fn a_checkpoint_opens_by_its_key_alone() {
        let (ours, other) = (log(1), log(2));
        let signed = Checkpoint::sign("example.cn/log", 7, leaf_hash(b"x"), &[&ours]).unwrap();
        assert_eq!(Checkpoint::open(signed.note(), &[ours.public().clone()]).unwrap(), signed);
        assert_eq!(Checkpoint::open(signed.note(), &[other.public().clone()]), Err(NoteError::Unsigned));
        let changed = signed.note().replacen("\n7\n", "\n6\n", 1);
        assert!(matches!(Checkpoint::open(&changed, &[ours.public().clone()]), Err(NoteError::Signature { .. })));
        assert!(signed.text().ends_with('\n') && signed.text().lines().count() == 3);
    }

    #[test]
    fn a_key_of_another_origin_does_not_sign_for_it() {
        let other = Signer::new("example.cn/other", Use::Log, &[1; 32]).unwrap();
        let signed = Checkpoint::sign("example.cn/log", 7, leaf_hash(b"x"), &[&other]).unwrap();
        assert_eq!(Checkpoint::open(signed.note(), &[other.public().clone()]), Err(NoteError::Unsigned));
    }

    #[test]
    fn a_cosignature_covers_its_time() {
        let (ours, witness) = (log(1), Signer::new("court.example.cn", Use::Witness, &[9; 32]).unwrap());
        let signed = Checkpoint::sign("example.cn/log", 7, leaf_hash(b"x"), &[&ours]).unwrap();
        let at = Timestamp::from_micros(1_795_000_000_000_000);
        let line = witness.cosign(&signed, at).unwrap();
        let keys = [ours.public().clone(), witness.public().clone()];
        let opened = Checkpoint::open(&signed.note_with([line.as_str()]), &keys).unwrap();
        assert_eq!(opened.cosignatures, [Cosignature { name: "court.example.cn".into(), id: witness.public().id(), at }]);
        let (head, sealed) = line.rsplit_once(' ').unwrap();
        let mut bytes = BASE64.decode(sealed.as_bytes()).unwrap();
        bytes[11] ^= 1;
        let earlier = format!("{head} {}", BASE64.encode(&bytes));
        assert!(
            matches!(Checkpoint::open(&signed.note_with([earlier.as_str()]), &keys), Err(NoteError::Signature { name, .. }) if name == "court.example.cn")
        );
        // Nor does a witness's signature make a checkpoint.
        assert_eq!(Checkpoint::open(&signed.note_with([line.as_str()]), &keys[1..]), Err(NoteError::Unsigned));
    }

    #[test]
    fn a_verifier_key_reads_back_and_nothing_like_it_does() {
        let key = log(1).public().to_string();
        assert_eq!(key.parse::<VerifierKey>().unwrap().to_string(), key);
        let (name, rest) = key.split_once('+').unwrap();
        for wrong in [
            "",
            "a",
            "a+b",
            "a+b+c",
            &format!("{name}x+{rest}"),
            &format!("a b+{rest}"),
            key.get(..40).unwrap(),
            &format!("{key}AAAA"),
        ] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_keys_sign_a_handover() {
        let (old, new) = (log(1), log(2));
        let signed = Checkpoint::sign("example.cn/log", 7, leaf_hash(b"x"), &[&old, &new]).unwrap();
        for key in [&old, &new] {
            assert_eq!(Checkpoint::open(signed.note(), &[key.public().clone()]).unwrap().signed_by, [key.public().id()]);
        }
    }
}
