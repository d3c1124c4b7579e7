//! `Routes`: the one table from which requests are served, the document is written and the access tests are made.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use actix_web::{Handler, web};
use futures_util::future::LocalBoxFuture;
use jsonschema::Validator;
use serde_json::Value;

use super::answer::sealed::Respond as _;
use super::answer::{Answer, AnswerShape, Response};
use super::asked::Asked;
use super::extract::Extract;
use super::schema::{self, SchemaOf};
use super::serve;
use crate::base::problem::Code;

/// What people read about an operation. All of it is asked for: a route without its words does not compile.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// The operation's stable name, `view_case`.
    pub id: &'static str,
    /// The section it stands in, `cases`.
    pub tag: &'static str,
    /// What it does, in English.
    pub summary: &'static str,
    /// What it does, in Chinese.
    pub summary_zh: &'static str,
    /// Who may.
    pub who: &'static str,
    /// The problems of its own, beside those that its extractors and the gate bring.
    pub problems: &'static [Code],
}

/// The body a route takes.
#[derive(Clone, Copy, Debug)]
pub enum BodyShape {
    /// None.
    None,
    /// JSON.
    Json {
        /// Its schema.
        schema: SchemaOf,
        /// Whether it must be there.
        required: bool,
    },
    /// A file, read whole before the handler is asked.
    Upload,
    /// A file that the handler takes piece by piece.
    Sent,
}

/// What the handler's types say of a route.
#[derive(Clone, Debug)]
pub struct Description {
    /// The method.
    pub method: &'static str,
    /// The full path, parameters in braces.
    pub at: String,
    /// The path parameters' schemas, in order.
    pub path: Vec<SchemaOf>,
    /// The types that take query parameters.
    pub query: Vec<(TypeId, SchemaOf)>,
    /// The body.
    pub body: BodyShape,
    /// Whether `If-Match` is asked for.
    pub if_match: bool,
    /// Whether the handler asks who asks.
    pub asks_who: bool,
    /// Whether it answers those who have not signed in.
    pub open: bool,
    /// The answers, but for problems.
    pub answers: Vec<AnswerShape>,
    /// The problems.
    pub codes: BTreeSet<Code>,
}

impl Description {
    /// Whether `Idempotency-Key` counts here: on any POST with a caller, but not where sessions are made.
    pub fn takes_idempotency_key(&self) -> bool {
        self.method == "POST" && self.asks_who && !self.at.strip_prefix(API).is_some_and(|path| path.starts_with("/sessions"))
    }
}

/// A route, as the table knows it.
#[derive(Clone, Debug)]
pub struct RouteInfo {
    /// Its words.
    pub op: Op,
    /// What its types say.
    pub description: Description,
}

impl RouteInfo {
    /// The method.
    pub fn method(&self) -> &'static str {
        self.description.method
    }
    /// The full path, parameters in braces.
    pub fn path(&self) -> &str {
        &self.description.at
    }
    /// The names of the path's parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        parameters(&self.description.at)
    }
    /// Whether it is part of the API (not a page or a stylesheet).
    pub fn is_api(&self) -> bool {
        !self
            .description
            .answers
            .iter()
            .any(|answer| answer.content_type.is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("text/css")))
    }
}

/// A path, its parameters named by their order alone; one that takes the rest of the path (`{*rest}`) stays such a one.
fn shape(path: &str) -> String {
    let mut count = 0;
    let part = |part: &str| {
        if !part.starts_with('{') {
            return part.to_owned();
        }
        count += 1;
        let rest = if part.starts_with("{*") { "*" } else { "" };
        format!("{{{rest}{count}}}")
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).map(|name| name.trim_start_matches('*'))
}

type Run = Box<dyn Fn(Asked) -> LocalBoxFuture<'static, Response> + Send + Sync>;

/// The query's check.
pub(super) struct QueryCheck {
    pub(super) schema: Value,
    pub(super) validator: Option<Validator>,
    names: Vec<(TypeId, Vec<String>)>,
}

/// A route with its handler.
pub(super) struct Entry {
    pub(super) info: RouteInfo,
    pub(super) run: Run,
    query: OnceLock<QueryCheck>,
    body: OnceLock<Option<Validator>>,
}

impl Entry {
    /// Made when first needed: a run of `lianhu routes` needs none.
    pub(super) fn query(&self) -> &QueryCheck {
        self.query.get_or_init(|| {
            let (ids, parts): (Vec<_>, Vec<_>) = self.info.description.query.iter().copied().unzip();
            let (schema, names) = schema::query_schema(&parts);
            QueryCheck { validator: schema::validator(&schema), schema, names: ids.into_iter().zip(names).collect() }
        })
    }
    /// The names of one query type's parameters.
    pub(super) fn query_names(&self, part: TypeId) -> &[String] {
        self.query().names.iter().find(|(id, _)| *id == part).map(|(_, names)| names.as_slice()).unwrap_or_default()
    }
    /// The body's check; `None` if its schema cannot be used.
    pub(super) fn body(&self) -> Option<&Validator> {
        self.body
            .get_or_init(|| match self.info.description.body {
                BodyShape::Json { schema, .. } => schema::validator(&schema::standalone(schema)),
                BodyShape::None | BodyShape::Upload | BodyShape::Sent => None,
            })
            .as_ref()
    }
}

const API: &str = "/api/v1";

/// A table of routes. Each feature gives its own; the server merges them.
#[derive(Clone, Default)]
pub struct Routes {
    prefix: &'static str,
    entries: Vec<Arc<Entry>>,
}

/// A route that still lacks its words.
#[must_use = "a route is registered by `.op(Op { … })`"]
pub struct Undocumented {
    routes: Routes,
    description: Description,
    run: Run,
}

macro_rules! methods {
    ($( $name:ident = $method:literal; )*) => { $(
        #[doc = concat!("A `", $method, "` route.")]
        pub fn $name<H, Args>(self, path: &str, handler: H) -> Undocumented
        where
            H: Handler<Args> + Send + Sync,
            H::Output: Answer,
            Args: Extract,
        {
            self.add($method, path, handler)
        }
    )* };
}

impl Routes {
    /// An empty table for paths under `/api/v1`.
    pub fn new() -> Self {
        Self { prefix: API, entries: Vec::new() }
    }
    /// An empty table for paths from the root: pages, health.
    pub fn at_root() -> Self {
        Self::default()
    }

    methods! { get = "GET"; post = "POST"; put = "PUT"; patch = "PATCH"; delete = "DELETE"; }

    fn add<H, Args>(self, method: &'static str, path: &str, handler: H) -> Undocumented
    where
        H: Handler<Args> + Send + Sync,
        H::Output: Answer,
        Args: Extract,
    {
        let mut description = Description {
            method,
            at: format!("{}{path}", self.prefix),
            path: Vec::new(),
            query: Vec::new(),
            body: BodyShape::None,
            if_match: false,
            asks_who: false,
            open: false,
            answers: Vec::new(),
            codes: BTreeSet::from([Code::Internal, Code::NotParseable, Code::NotValid, Code::RequestTimeout, Code::TooLarge]),
        };
        Args::describe(&mut description);
        H::Output::describe(&mut description);
        // The only code made anew for each handler: take, call, answer.
        let run: Run = Box::new(move |asked| match Args::extract(&asked) {
            Ok(args) => {
                let answer = handler.call(args);
                Box::pin(async move { answer.await.respond(&asked.arrival.request_id) })
            }
            Err(why) => serve::refuse(&asked, &why),
        });
        Undocumented { routes: self, description, run }
    }

    /// Another table's routes too.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// Every route, in the order of registration.
    pub fn infos(&self) -> impl Iterator<Item = &RouteInfo> {
        self.entries.iter().map(|entry| &entry.info)
    }

    /// Registers the routes with actix; unknown paths answer 404, known paths with other methods 405. Paths are looked up
    /// in one tree: actix would try one pattern after another.
    pub fn configure(&self, cfg: &mut web::ServiceConfig) {
        let mut by_shape: BTreeMap<String, Vec<Arc<Entry>>> = BTreeMap::new();
        for entry in &self.entries {
            by_shape.entry(shape(entry.info.path())).or_default().push(Arc::clone(entry));
        }
        let mut tree = matchit::Router::new();
        for (shape, entries) in by_shape {
            // `faults` tells of one that the tree does not take.
            if let Err(error) = tree.insert(shape, serve::Place::of(entries)) {
                tracing::error!(%error, "a path cannot be served");
            }
        }
        let tree = Arc::new(tree);
        cfg.default_service(web::to(move |req, payload| serve::route(&tree, req, payload)));
    }

    /// What is wrong with the table itself; a test asserts that it is nothing.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut ids = BTreeSet::new();
        let mut places = BTreeSet::new();
        for entry in &self.entries {
            let info = &entry.info;
            let here = format!("{} {}", info.method(), info.path());
            if !ids.insert(info.op.id) {
                faults.push(format!("{here}: the operation {} stands twice", info.op.id));
            }
            let shape = shape(info.path());
            if let Err(error) = matchit::Router::new().insert(shape.as_str(), ()) {
                faults.push(format!("{here}: {error}"));
            }
            if !places.insert((info.method(), shape)) {
                faults.push(format!("{here}: registered twice"));
            }
            if info.parameters().count() != info.description.path.len() {
                faults.push(format!("{here}: the path and `Path` differ in the number of parameters"));
            }
            if info.description.answers.is_empty() {
                faults.push(format!("{here}: it answers problems only"));
            }
            if matches!(info.description.body, BodyShape::Json { .. }) && (entry.body().is_none() || info.method() == "GET") {
                faults.push(format!("{here}: the body's schema cannot be used"));
            }
            if entry.query().validator.is_none() {
                faults.push(format!("{here}: the query's schema cannot be used"));
            }
        }
        faults
    }

    /// The table as text: method, path, operation, who may.
    pub fn table(&self) -> String {
        let mut rows: Vec<_> = self.infos().map(|info| (info.path(), info.method(), info.op)).collect();
        rows.sort_by_key(|(path, method, _)| (*path, *method));
        let path_width = rows.iter().map(|(path, ..)| path.len()).max().unwrap_or_default();
        let id_width = rows.iter().map(|(.., op)| op.id.len()).max().unwrap_or_default();
        rows.iter().fold(String::new(), |mut table, (path, method, op)| {
            let _ = writeln!(table, "{method:<6}  {path:<path_width$}  {:<id_width$}  {}", op.id, op.who);
            table
        })
    }
}

impl Undocumented {
    /// It answers those who have not signed in too.
    pub fn open(mut self) -> Self {
        self.description.open = true;
        self
    }
    /// Its words; with them it is registered.
    #[must_use]
    pub fn op(mut self, op: Op) -> Routes {
        if self.description.asks_who && !self.description.open {
            self.description.codes.insert(Code::Unauthenticated);
        }
        // A record's state may refuse any change of it, and a case that is closed any change of what is in it.
        let is_of_a_record = parameters(&self.description.at).next().is_some();
        if is_of_a_record && self.description.method != "GET" && self.description.asks_who {
            self.description.codes.insert(Code::IllegalStep);
        }
        self.description.codes.extend(op.problems);
        let info = RouteInfo { op, description: self.description };
        let entry = Entry { info, run: self.run, query: OnceLock::new(), body: OnceLock::new() };
        self.routes.entries.push(Arc::new(entry));
        self.routes
    }
}
