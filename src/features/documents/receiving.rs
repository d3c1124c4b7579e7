//! The way in: who may is asked before the first byte is taken and again when all has come; between the two the file is sealed
//! into a spool, looked at and scanned. A refusal of what came is recorded like any other.

use std::io;

use tokio::sync::Semaphore;

use super::scan::{self, Verdict};
use super::spool::{Filling, Spooled};
use super::{DocumentView, check, steps};
use crate::access::can::Record;
use crate::access::{Ctx, Disclosed, FileKey, Within};
use crate::base::config::Documents;
use crate::base::ids::{CaseId, DocumentId};
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::words::{Action, MediaType};
use crate::door::Sent;

/// So many files come in at once: what they take of the disk is bounded.
static PLACES: Semaphore = Semaphore::const_new(32);

/// What was announced, and the key to seal it with.
pub struct Begun {
    pub key: FileKey,
    pub size: u64,
    pub media_type: MediaType,
}

/// What came, looked at.
#[derive(Clone)]
pub struct Taken {
    pub file: Spooled,
    pub media_type: MediaType,
}

/// Takes a document's content. Errors: whatever is wrong with it; then nothing of it is left.
pub async fn receive(ctx: &Ctx, (case, id): (CaseId, DocumentId), sent: Sent) -> Result<Disclosed<DocumentView>, Problem> {
    let (at, gate) = (Within(case, id), ctx.gate());
    let begun = gate.read::<Record, _, _, _, _>(ctx, at, Action::BeginUpload, move |tx, permit| steps::begin(tx, permit, id));
    let (begun, _) = begun.await?.release();
    let came = take(&gate.rules().settings.documents, begun, sent).await;
    let fill = Action::FillDocument;
    gate.write::<Record, _, _, _, _>(ctx, at, fill, move |tx, permit| steps::fill(tx, permit, id, &came)).await
}

/// On a thread that may wait for the disk.
async fn beside<T: Send + 'static>(f: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(f).await.map_err(|_| Problem::internal())?;
    done.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "the spool for documents failed");
        Problem::storage_unavailable()
    })
}

fn other_size() -> Problem {
    Problem::wrong_field(
        "",
        FieldCode::Other {
            code: "other_size", message: "must be as long as was announced", message_zh: "长度与登记的不一致"
        },
    )
}

async fn take(settings: &Documents, begun: Begun, mut sent: Sent) -> Result<Taken, Problem> {
    let Begun { key, size, media_type } = begun;
    if sent.length.is_some_and(|length| length != size) {
        return Err(other_size());
    }
    if !check::is_stated_so(&sent.content_type, media_type) {
        return Err(check::NotThis::Type.into());
    }
    let _place = PLACES.try_acquire().map_err(|_| Problem::overloaded())?;
    let folder = settings.spool.clone();
    let mut filling = beside(move || Filling::begin(&folder, key)).await?;
    while let Some(piece) = sent.next().await? {
        let all = filling.size().saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if all > size {
            return Err(Problem::new(Code::TooLarge).because("it is longer than was announced", "超出登记的长度"));
        }
        filling = beside(move || filling.push(&piece).map(|()| filling)).await?;
    }
    if filling.size() != size {
        return Err(other_size());
    }
    let file = beside(move || filling.finish()).await?;
    let looked_at = file.clone();
    beside(move || check::check(&looked_at, media_type)).await??;
    if let Some(address) = settings.scanner() {
        match scan::scan(&address, settings.scan_seconds, &file).await {
            Ok(Verdict::Clean) => {}
            Ok(Verdict::Found) => return Err(Problem::new(Code::MalwareFound)),
            Err(error) => {
                tracing::error!(%error, "the virus scanner did not say that a document is clean");
                return Err(Problem::new(Code::ScannerUnavailable).retry_after(60));
            }
        }
    }
    Ok(Taken { file, media_type })
}
