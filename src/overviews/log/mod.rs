//! The verifiable log over HTTP: checkpoints and hashes to whoever audits, entries to `oversight`, to everybody the proof of
//! their own accesses; and the witnesses, agencies that cosign so that no single one can rewrite what happened.
//!
//! Hashes tell how much happened and nothing of what; an entry's bytes tell who did what, and so are for those who may see
//! the entry. Always: what an entry withholds (`audit::Entry`) is in none of these answers.

mod api;
pub(super) mod rests;
mod steps;
mod watch;
mod witnesses;

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;
pub use watch::watch;

use crate::audit::log::TilePath;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{AgencyId, EntryId, WitnessId};
use crate::base::time::Timestamp;
use crate::base::words::ObjectionKind;
use crate::door::{Check, View};

/// A tile, by the rest of its path: `0/x001/234.p/5`, `entries/000`.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(transparent)]
struct WantedTile(#[schemars(with = "String")] TilePath);

impl FromStr for WantedTile {
    type Err = crate::audit::log::tile::NoTile;
    fn from_str(rest: &str) -> Result<Self, Self::Err> {
        format!("tile/{rest}").parse().map(Self)
    }
}

impl crate::door::PathId for WantedTile {}

/// The proof that an access is in the log: whoever has it and the checkpoint can check it without this server
/// (`lianhu audit check-receipt`).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Receipt")]
pub struct ReceiptView {
    /// The entry: the answer's `Audit-Receipt`.
    pub entry_id: EntryId,
    /// Its place in the log, from 0.
    pub index: u64,
    /// The leaf: the entry's canonical bytes, JSON. Its hash is SHA-256 of a zero byte and these.
    pub entry: String,
    /// The checkpoint under which it is, a signed note, with the cosignatures there are.
    pub checkpoint: String,
    /// The hashes from the leaf to the checkpoint's root (RFC 6962 section 2.1.1), base64.
    pub proof: Vec<String>,
    /// The log's public keys, as this server knows them; who checks should have them from elsewhere.
    pub log_keys: Vec<String>,
}

impl View for ReceiptView {}

/// A public key of the log's, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "LogKey")]
pub struct LogKeyView {
    /// It, `name+id+key`.
    pub verifier_key: String,
    /// It signs checkpoints of more than so many entries.
    pub since_size: u64,
    /// Since when it is known.
    pub made_at: Timestamp,
    /// The first checkpoint it signed, which the key before it signed too: whoever knows that one learns of this one by it.
    /// Null as long as there is none.
    pub checkpoint: Option<String>,
}

impl View for LogKeyView {}

/// A witness to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWitness {
    /// Its public key, `name+id+key`, as `lianhu audit witness` prints it.
    #[schemars(length(min = 1, max = 500))]
    pub verifier_key: String,
}

impl Check for NewWitness {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        let is_witness = |key: crate::audit::log::VerifierKey| key.of() == crate::audit::log::note::Use::Witness;
        if !self.verifier_key.parse().is_ok_and(is_witness) || self.verifier_key.trim() != self.verifier_key {
            errors.push("/verifier_key", FieldCode::WrongForm);
        }
    }
}

/// What a witness would not cosign, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Objection")]
pub struct ObjectionView {
    /// Why.
    pub kind: ObjectionKind,
    /// When it was reported.
    pub at: Timestamp,
    /// The size of the last checkpoint it cosigned.
    pub seen_size: u64,
    /// That checkpoint.
    pub seen_note: String,
    /// The one it was offered.
    pub offered_note: String,
}

/// A witness, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Witness")]
pub struct WitnessView {
    /// Its id.
    pub id: WitnessId,
    /// The agency that runs it.
    pub agency_id: AgencyId,
    /// The agency's name.
    pub agency: String,
    /// Its public key.
    pub verifier_key: String,
    /// Since when it is known here.
    pub since: Timestamp,
    /// Until when it counted; null: it counts.
    pub ended_at: Option<Timestamp>,
    /// The size of the last checkpoint it cosigned.
    pub cosigned_size: Option<u64>,
    /// When that cosignature came.
    pub cosigned_at: Option<Timestamp>,
    /// Since when it has been silent for longer than is set; null: it is not.
    pub silent_since: Option<Timestamp>,
    /// What it would not cosign, the newest first, at most ten.
    pub objections: Vec<ObjectionView>,
}

impl View for WitnessView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/audit/witnesses/{}", self.id))
    }
}

/// A cosignature by a witness of the auditor's agency.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCosignature {
    /// The size of the checkpoint.
    pub size: u64,
    /// The note's line: `— name base64`.
    #[schemars(length(min = 1, max = 500))]
    pub cosignature: String,
}

impl Check for NewCosignature {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.cosignature.trim_end_matches('\n').contains('\n') {
            errors.push("/cosignature", FieldCode::WrongForm);
        }
    }
}

/// Which checkpoint.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfSize {
    /// Its size.
    pub size: u64,
}

/// Under which checkpoint an access is to be proved.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnderSize {
    /// The checkpoint's size; by default the newest one's. Whoever kept a checkpoint, or wants one that was cosigned, asks for
    /// its.
    #[serde(default)]
    pub size: Option<u64>,
}

/// Who cosigned a checkpoint, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Cosignature")]
pub struct CosignatureView {
    /// The witness.
    pub witness_id: WitnessId,
    /// Its agency.
    pub agency_id: AgencyId,
    /// The agency's name.
    pub agency: String,
    /// The checkpoint's size.
    pub size: u64,
    /// When, by the witness's clock.
    pub cosigned_at: Timestamp,
    /// When it came here.
    pub received_at: Timestamp,
    /// The note's line.
    pub cosignature: String,
}

impl View for CosignatureView {}

/// What a witness of the auditor's agency would not cosign.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewObjection {
    /// The name of the witness's key.
    #[schemars(length(min = 1, max = 200))]
    pub witness: String,
    /// Why.
    pub kind: ObjectionKind,
    /// The size of the last checkpoint it cosigned.
    pub seen_size: u64,
    /// That checkpoint; empty if it has cosigned none.
    #[schemars(length(max = 20000))]
    pub seen_note: String,
    /// The one it was offered; empty if it was none.
    #[schemars(length(max = 20000))]
    pub offered_note: String,
}

impl Check for NewObjection {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if i64::try_from(self.seen_size).is_err() {
            errors.push("/seen_size", FieldCode::TooLarge { max: i64::MAX.to_string() });
        }
        // Nothing but checkpoints: no other text is kept unsealed.
        for (note, at) in [(&self.seen_note, "/seen_note"), (&self.offered_note, "/offered_note")] {
            if !note.is_empty() && !crate::audit::log::Checkpoint::is_one(note) {
                errors.push(at, FieldCode::WrongForm);
            }
        }
    }
}
