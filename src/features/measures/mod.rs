//! Legal measures (法律措施): what all of them have in common. Each has a feature of its own above this one: admonitions,
//! protection orders, mandatory reports, court proceedings, police matters; mediation asks here what stands in its way.
//!
//! A measure has a state, a few days and yes-or-no facts that rules ask for, words that are sealed, and entries in which
//! everything that happened to it is kept in order. Always: of the facet `measures`; a station or court reads what it
//! recorded itself, or was asked for; entries are never changed; nothing is recorded in a case that is closed, or that
//! nobody has taken on.
//! No I/O here: rows in `store`; what the features above may ask and do in `facts`.

pub mod facts;
mod store;
mod summary;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Content;
use crate::base::ids::{AgencyId, MeasureEntryId, MeasureId, UserId};
use crate::base::text::{Line, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{
    Applicant, MeasureKind, OrderChange, ProceedingKind, Prohibition, ServedHow, ServedOn, VisitState, Wish,
};

/// What is written of a measure; which of it, its kind says.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MeasureWords {
    /// Its number with the police or the court.
    pub number: Option<Line>,
    /// What she wishes.
    pub her_wish: Option<Wish>,
    /// Who applies for it.
    pub applicant: Option<Applicant>,
    /// The court, where it has no account here.
    pub court: Option<Line>,
    /// The facts.
    pub facts: Option<Text>,
    /// What is forbidden, in the paper's words.
    pub prohibition: Option<Text>,
    /// What is forbidden, in the law's kinds.
    pub prohibitions: Vec<Prohibition>,
    /// Which kind of proceeding.
    pub proceeding: Option<ProceedingKind>,
    /// By whom it was made, or who reported.
    pub made_by: Option<Line>,
    /// The receipt.
    pub receipt: Option<Line>,
    /// More words: why it is asked for, what is looked into.
    pub text: Option<Text>,
    /// What it came to.
    pub outcome: Option<Text>,
}

impl Content for MeasureWords {
    const TABLE: &'static str = "measures";
    const COLUMN: &'static str = "words";
}

/// What is written of something that happened to a measure.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EntryWords {
    /// On whom a copy was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<ServedOn>,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<ServedHow>,
    /// The receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Line>,
    /// What kind of change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<OrderChange>,
    /// The end as it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_on_before: Option<Day>,
    /// The end as it is from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Day>,
    /// What was forbidden before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prohibitions_before: Vec<Prohibition>,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Line>,
    /// More words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

impl Content for EntryWords {
    const TABLE: &'static str = "measure_entries";
    const COLUMN: &'static str = "words";
}

/// What came of a visit.
#[derive(Clone, Serialize, Deserialize)]
pub struct VisitWords {
    /// What came of it.
    text: Text,
}

impl Content for VisitWords {
    const TABLE: &'static str = "measure_visits";
    const COLUMN: &'static str = "words";
}

/// Something that happened to a measure, as shown.
#[derive(Clone, Serialize, JsonSchema)]
pub struct EntryView {
    /// Its id.
    pub id: MeasureEntryId,
    /// What happened: a word, `admonition_served`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// What was written.
    #[serde(flatten)]
    pub words: EntryWords,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// By whom; null where this reader may not know who else works on the case.
    pub recorded_by: Option<UserId>,
}

/// A visit under an admonition, as shown.
#[derive(Clone, Serialize, JsonSchema)]
pub struct VisitView {
    /// Its id.
    pub id: crate::base::ids::MeasureVisitId,
    /// The admonition.
    pub measure_id: MeasureId,
    /// Planned, kept or missed.
    pub state: VisitState,
    /// By when it is to be made.
    pub due_on: Day,
    /// When somebody set out on it.
    pub set_out_at: Option<Timestamp>,
    /// When they said they would be back.
    pub back_by: Option<Timestamp>,
    /// When it was made, or found missed.
    pub done_at: Option<Timestamp>,
    /// What came of it.
    pub text: Option<Text>,
    /// Who recorded it; null where this reader may not know who else works on the case.
    pub recorded_by: Option<UserId>,
    /// The agency that recorded it; null likewise.
    pub recorded_agency: Option<AgencyId>,
    #[serde(skip)]
    version: i64,
}

impl crate::door::View for VisitView {
    fn etag(&self) -> crate::door::ETag {
        crate::door::ETag::Version(self.version)
    }
}

/// What stands in the way of mediation (domain.md, "The mediation gate").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bars {
    /// The police still look into something.
    pub police_matter_open: bool,
    /// A protection order is in force or applied for.
    pub order: bool,
    /// An admonition was breached.
    pub admonition_breached: bool,
    /// A crime is suspected.
    pub crime_suspected: bool,
}

impl Bars {
    /// Whether anything stands in the way.
    pub const fn any(self) -> bool {
        self.police_matter_open || self.order || self.admonition_breached || self.crime_suspected
    }
}

/// What a rule of this house knows of a measure: no words.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    kind: MeasureKind,
    state: String,
    flag: bool,
    ends_on: Option<Day>,
}

/// What these measures bar on this day.
fn bars(measures: &[Known], today: Day) -> Bars {
    let any = |kind: MeasureKind, holds: &dyn Fn(&Known) -> bool| measures.iter().any(|it| it.kind == kind && holds(it));
    Bars {
        police_matter_open: any(MeasureKind::PoliceMatter, &|it| it.state == "open"),
        order: any(MeasureKind::ProtectionOrder, &|it| stands(it, today)),
        admonition_breached: any(MeasureKind::Admonition, &|it| it.state == "breached"),
        crime_suspected: any(MeasureKind::PoliceMatter, &|it| it.flag),
    }
}

/// Whether an order is applied for, or binds on this day. One that was breached binds until its end all the same.
fn stands(order: &Known, today: Day) -> bool {
    matches!(order.state.as_str(), "filed" | "accepted") || binds(order, today)
}

fn binds(order: &Known, today: Day) -> bool {
    matches!(order.state.as_str(), "in_force" | "breached") && order.ends_on.is_none_or(|end| end >= today)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(kind: MeasureKind, state: &str, flag: bool, ends_on: Option<&str>) -> Known {
        Known { kind, state: state.to_owned(), flag, ends_on: ends_on.map(|day| day.parse().unwrap()) }
    }
    fn of(measure: Known) -> Bars {
        bars(&[measure], "2026-11-24".parse().unwrap())
    }

    #[test]
    fn what_bars_mediation() {
        use MeasureKind::{Admonition, PoliceMatter, ProtectionOrder};
        let none = Bars::default();
        let order = Bars { order: true, ..none };
        let table = [
            (known(PoliceMatter, "open", false, None), Bars { police_matter_open: true, ..none }),
            (known(PoliceMatter, "concluded", false, None), none),
            (known(PoliceMatter, "concluded", true, None), Bars { crime_suspected: true, ..none }),
            (known(PoliceMatter, "open", true, None), Bars { police_matter_open: true, crime_suspected: true, ..none }),
            (known(Admonition, "issued", false, None), none),
            (known(Admonition, "visits", false, None), none),
            (known(Admonition, "ended", false, None), none),
            (known(Admonition, "breached", false, None), Bars { admonition_breached: true, ..none }),
            (known(ProtectionOrder, "drafted", false, None), none),
            (known(ProtectionOrder, "filed", false, None), order),
            (known(ProtectionOrder, "accepted", true, None), order),
            (known(ProtectionOrder, "in_force", false, Some("2026-11-24")), order),
            (known(ProtectionOrder, "in_force", false, Some("2026-11-23")), none),
            (known(ProtectionOrder, "breached", false, Some("2027-01-01")), order),
            (known(ProtectionOrder, "breached", false, Some("2026-01-01")), none),
            (known(ProtectionOrder, "rejected", false, None), none),
            (known(ProtectionOrder, "expired", false, Some("2026-11-24")), none),
            (known(ProtectionOrder, "revoked", false, Some("2027-01-01")), none),
            (known(MeasureKind::Proceeding, "open", true, None), none),
            (known(MeasureKind::MandatoryReport, "made", true, None), none),
        ];
        for (measure, expected) in table {
            assert_eq!(of(measure.clone()), expected, "{measure:?}");
            assert_eq!(of(measure.clone()).any(), expected != none, "{measure:?}");
        }
        assert_eq!(bars(&[], "2026-11-24".parse().unwrap()), none);
    }
}
