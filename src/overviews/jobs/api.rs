//! `/jobs[/{id}[/cancel|/result]]`.

use super::run::step;
use super::store::{self, JobRow};
use super::{JobView, Order, Step, kinds, result};
use crate::access::can::{Record, View};
use crate::access::{Again, Collection, Ctx, Disclosed, LongWork, Permit, Whole};
use crate::base::db::{DbError, Tx};
use crate::base::ids::JobId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, JobPart, JobState};
use crate::door::View as _;
use crate::door::{Attachment, Body, Created, IfMatch, List, Op, Page, Path, Routes};

/// The list's name in its cursors.
const LIST: &str = "jobs";
/// Somebody has so much work under way at once.
const MOST_OPEN: i64 = 5;

/// `POST /jobs`: asks for long work. Who may: caseworkers, for what they might do themselves.
async fn start(ctx: Ctx, body: Body<Order>) -> Result<Disclosed<Created<JobView>>, Problem> {
    ctx.gate()
        .post(&ctx, Whole, Action::StartJob, move |tx, permit: &Permit<'_, Record, Collection>| {
            begin(tx, permit, &body).map(Created)
        })
        .await
}

/// Enters long work. Errors: 403 where its asker may not do such a thing at all; 429 where enough is under
/// way for them.
fn begin(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>, order: &Order) -> Result<JobView, Problem> {
    if !permit.permits(kinds::needs(order.kind)) {
        return Err(Problem::forbidden());
    }
    let plain = serde_json::to_vec(order).map_err(|_| Problem::internal())?;
    let (user_id, agency_id, created_at) = (permit.user()?, permit.agency()?, tx.now());
    if store::open_count(tx, user_id)? >= MOST_OPEN {
        return Err(Problem::too_many_requests(60));
    }
    let id: JobId = tx.new_id()?;
    let key = permit.make_job_key(tx, id)?;
    let row = JobRow {
        id,
        user_id,
        agency_id,
        kind: order.kind,
        format: order.format,
        state: JobState::Queued,
        done: 0,
        total: None,
        cursor: None,
        pieces: 0,
        bytes: 0,
        attempts: 0,
        problem: None,
        lease_until: None,
        created_at,
        finished_at: None,
        version: 1,
    };
    store::insert(tx, &row)?;
    store::put_part(tx, id, JobPart::Input, 0, &key.seal(JobPart::Input, 0, &plain)?)?;
    permit.changed("job", id.as_str(), &["state"]);
    Ok(row.view())
}

/// `GET /jobs`: one's own, newest first. Who may: caseworkers.
async fn list(ctx: Ctx, page: Page) -> Result<Disclosed<List<JobView>>, Problem> {
    let past = page.past::<JobId>(LIST)?;
    ctx.gate()
        .read::<View, _, _, Problem, _>(&ctx, Whole, Action::ListJobs, move |tx, permit| {
            let rows = store::page(tx, permit.user()?, past, page.with_one_more())?;
            Ok(page.of(LIST, rows.iter().map(JobRow::view).collect(), |job: &JobView| job.id))
        })
        .await
}

/// `GET /jobs/{id}`: how far it is. Who may: whoever asked for it.
async fn view(ctx: Ctx, id: Path<JobId>) -> Result<Disclosed<JobView>, Problem> {
    ctx.gate().view::<JobView>(&ctx, *id).await
}

/// `POST /jobs/{id}/cancel`: calls it off; what it did until now stays done. Who may: whoever asked for it.
async fn cancel(ctx: Ctx, id: Path<JobId>, seen: IfMatch) -> Result<Disclosed<JobView>, Problem> {
    let id = *id;
    ctx.gate()
        .post(&ctx, id, Action::CancelJob, move |tx, permit: &Permit<'_, Record, LongWork>| {
            let job = found(tx, id)?;
            job.view().etag().matches(&seen)?;
            let job = step(tx, permit, job, Step::Cancel)?;
            store::clear(tx, id)?;
            Ok::<_, Problem>(job.view())
        })
        .await
}

/// `POST /jobs/{id}/result`: what it came to, once, as far as one may see it by now. Who may: whoever asked for it.
async fn fetch(ctx: Ctx, id: Path<JobId>) -> Result<Disclosed<Attachment>, Problem> {
    let id = *id;
    let fetched = ctx
        .gate()
        .write(&ctx, id, Action::FetchJobResult, move |tx, permit: &Permit<'_, View, LongWork>| {
            let job = found(tx, id)?;
            let job = step(tx, permit, job, Step::Fetch)?;
            let key = permit.job_key(tx)?.ok_or(DbError::Corrupt("the job's key is gone"))?;
            let table = result::table(tx, permit, (&key, &job), kinds::seen_by(job.kind))?;
            store::clear(tx, id)?;
            Ok::<_, Problem>((job, table))
        })
        .await?;
    // The file is made after: no writer waits for a spreadsheet.
    fetched.then(async |(job, table)| result::file(&job, &table)).await
}

fn found(tx: &mut Tx<'_>, id: JobId) -> Result<JobRow, Problem> {
    store::find(tx, id)?.ok_or_else(Problem::not_found)
}

impl Again for JobView {
    type Key = JobId;
    const VIEW: Action = Action::ViewJob;
    fn key(&self) -> JobId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, LongWork>, key: JobId) -> Result<Self, Problem> {
        found(tx, key).map(|job| job.view())
    }
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, summary, summary_zh, who| Op { id, tag: "jobs", summary, summary_zh, who, problems: &[] };
    let asker = "Whoever asked for it.";
    Routes::new()
        .post("/jobs", start)
        .op(Op {
            problems: &[Code::TooManyRequests],
            ..op("start_job", "Asks for long work", "发起长任务", "Caseworkers, for what they might do themselves.")
        })
        .get("/jobs", list)
        .op(op("list_jobs", "One's own long work, newest first", "本人的长任务,由近及远", "Caseworkers."))
        .get("/jobs/{id}", view)
        .op(op("view_job", "How far long work is", "查看长任务进度", asker))
        .post("/jobs/{id}/cancel", cancel)
        .op(Op { problems: &[Code::IllegalStep], ..op("cancel_job", "Calls long work off", "取消长任务", asker) })
        .post("/jobs/{id}/result", fetch)
        .op(Op {
            problems: &[Code::IllegalStep],
            ..op("fetch_job_result", "Fetches what long work came to, once, within a day", "一次性取回长任务结果(一日内)", asker)
        })
}
