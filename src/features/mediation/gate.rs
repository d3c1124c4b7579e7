//! The mediation gate: what must hold before a series is cleared, and again whenever a session is scheduled or held. Pure.
//!
//! A new condition is one line of `Condition`, its words, and its arm in `is_met`; what it rests on is a field of
//! `Evidence`. Nothing else asks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::ids::PartyId;
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::time::Timestamp;
use crate::base::words::{Facet, FacetSet, PartyKind, RiskLevel, words};
use crate::features::measures::Bars;

words! {
    /// A condition of the gate.
    pub enum Condition {
        /// The survivor was screened alone and found fit.
        SurvivorScreened = "survivor_screened",
        /// The respondent was screened alone and found fit.
        RespondentScreened = "respondent_screened",
        /// The parties were screened in different sittings.
        SeparateSittings = "separate_sittings",
        /// The survivor consents of her own will.
        SurvivorConsents = "survivor_consents",
        /// The respondent consents of their own will.
        RespondentConsents = "respondent_consents",
        /// Who mediates, and the worker beside, declared no conflict, and no wall keeps them out.
        MediatorImpartial = "mediator_impartial",
        /// The risk was assessed.
        RiskAssessed = "risk_assessed",
        /// It is not high; not assessed counts as high.
        RiskNotHigh = "risk_not_high",
        /// The assessment is not older than 30 days, or a supervisor waived that.
        AssessmentRecent = "assessment_recent",
        /// What the police look into is concluded, if there is anything.
        PoliceMatterConcluded = "police_matter_concluded",
        /// No protection order is in force or applied for.
        NoProtectionOrder = "no_protection_order",
        /// No admonition was breached.
        NoAdmonitionBreached = "no_admonition_breached",
        /// No crime is suspected.
        NoCrimeSuspected = "no_crime_suspected",
    }
}

/// Two screenings nearer to each other than this are one sitting: one party sat by while the other was asked.
pub const SITTING_MINUTES: i64 = 15;

/// An assessment older than this is waived by a supervisor, or made anew.
pub const ASSESSMENT_DAYS: i64 = 30;

/// The case's latest assessment of risk, at the moment at which the gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessed {
    /// The level.
    pub level: RiskLevel,
    /// Whether it is older than 30 days.
    pub is_old: bool,
    /// Whether a supervisor waived its age for this series.
    pub is_waived: bool,
}

impl Assessed {
    /// Made then, as seen now.
    pub const fn seen(level: RiskLevel, made: Timestamp, now: Timestamp, is_waived: bool) -> Self {
        Self { level, is_old: made.plus_days(ASSESSMENT_DAYS).micros() < now.micros(), is_waived }
    }
    /// Whether a supervisor may waive it: its age alone stands in the way.
    pub fn may_be_waived(self) -> bool {
        self.is_old && !self.is_waived && self.level != RiskLevel::High
    }
}

/// A party's screening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screened {
    /// Who.
    pub party: PartyId,
    /// When the sitting was.
    pub at: Timestamp,
    /// Whether mediation is fit for them.
    pub fit: bool,
}

/// A party's word on taking part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consented {
    /// Who.
    pub party: PartyId,
    /// Of their own will, and not taken back.
    pub holds: bool,
}

/// What the gate is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The case's survivors and respondents.
    pub parties: Vec<(PartyId, PartyKind)>,
    /// Screenings of the series, in the order in which they were recorded.
    pub screenings: Vec<Screened>,
    /// Consents of the series, in the order in which they were recorded.
    pub consents: Vec<Consented>,
    /// Whether whoever mediates, and the worker beside, declared no conflict and is not walled off.
    pub impartial: bool,
    /// The latest assessment of risk; none: not assessed, which counts as high.
    pub assessed: Option<Assessed>,
    /// What of the case's legal measures stands in the way.
    pub bars: Bars,
}

/// Whether two sittings are one.
pub fn is_one_sitting(one: Timestamp, other: Timestamp) -> bool {
    one < other.plus_minutes(SITTING_MINUTES) && other < one.plus_minutes(SITTING_MINUTES)
}

impl Evidence {
    /// Whether there is such a party, and this holds for each.
    fn each(&self, kind: PartyKind, holds: impl Fn(PartyId) -> bool) -> bool {
        let mut of_kind = self.parties.iter().filter(|(_, k)| *k == kind).peekable();
        of_kind.peek().is_some() && of_kind.all(|(party, _)| holds(*party))
    }
    /// The screening that counts: the latest sitting, of two the one recorded last.
    fn screening(&self, party: PartyId) -> Option<&Screened> {
        self.screenings.iter().filter(|s| s.party == party).max_by_key(|s| s.at)
    }
    fn is_fit(&self, party: PartyId) -> bool {
        self.screening(party).is_some_and(|s| s.fit)
    }
    /// Their last word counts.
    fn consents(&self, party: PartyId) -> bool {
        self.consents.iter().rev().find(|c| c.party == party).is_some_and(|c| c.holds)
    }
    fn sittings_differ(&self) -> bool {
        let counting: Vec<_> = self.parties.iter().filter_map(|(party, _)| self.screening(*party)).collect();
        counting.iter().enumerate().all(|(at, one)| counting.iter().skip(at + 1).all(|other| !is_one_sitting(one.at, other.at)))
    }
}

impl Condition {
    /// Whether it is met.
    pub fn is_met(self, evidence: &Evidence) -> bool {
        match self {
            Self::SurvivorScreened => evidence.each(PartyKind::Survivor, |party| evidence.is_fit(party)),
            Self::RespondentScreened => evidence.each(PartyKind::Respondent, |party| evidence.is_fit(party)),
            Self::SeparateSittings => evidence.sittings_differ(),
            Self::SurvivorConsents => evidence.each(PartyKind::Survivor, |party| evidence.consents(party)),
            Self::RespondentConsents => evidence.each(PartyKind::Respondent, |party| evidence.consents(party)),
            Self::MediatorImpartial => evidence.impartial,
            Self::RiskAssessed => evidence.assessed.is_some(),
            Self::RiskNotHigh => evidence.assessed.is_some_and(|assessed| assessed.level != RiskLevel::High),
            Self::AssessmentRecent => evidence.assessed.is_some_and(|assessed| !assessed.is_old || assessed.is_waived),
            Self::PoliceMatterConcluded => !evidence.bars.police_matter_open,
            Self::NoProtectionOrder => !evidence.bars.order,
            Self::NoAdmonitionBreached => !evidence.bars.admonition_breached,
            Self::NoCrimeSuspected => !evidence.bars.crime_suspected,
        }
    }

    /// The facet, beside `mediation`, that tells whether it is met: whoever does not read it is told pass or fail alone.
    pub const fn rests_on(self) -> Option<Facet> {
        match self {
            Self::SurvivorScreened
            | Self::RespondentScreened
            | Self::SeparateSittings
            | Self::SurvivorConsents
            | Self::RespondentConsents
            | Self::MediatorImpartial => None,
            Self::RiskAssessed | Self::RiskNotHigh | Self::AssessmentRecent => Some(Facet::Risk),
            Self::PoliceMatterConcluded | Self::NoProtectionOrder | Self::NoAdmonitionBreached | Self::NoCrimeSuspected => {
                Some(Facet::Measures)
            }
        }
    }

    /// Whether a reader of these facets may know whether it is met.
    pub fn is_shown(self, reads: FacetSet) -> bool {
        self.rests_on().is_none_or(|facet| reads.has(facet))
    }

    /// In English and in Chinese.
    pub const fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::SurvivorScreened => {
                ("Each survivor was screened alone and found fit for mediation", "已单独评估受害人,且适宜调解")
            }
            Self::RespondentScreened => {
                ("Each respondent was screened alone and found fit for mediation", "已单独评估加害人(被申请人),且适宜调解")
            }
            Self::SeparateSittings => ("The parties were screened in different sittings", "双方评估系分别、不同场次进行"),
            Self::SurvivorConsents => ("Each survivor consents of their own will", "受害人自愿同意调解"),
            Self::RespondentConsents => ("Each respondent consents of their own will", "加害人(被申请人)自愿同意调解"),
            Self::MediatorImpartial => (
                "Who mediates, and the worker beside, declared no conflict of interest with the case",
                "调解员及到场社工已声明与本案无利益冲突",
            ),
            Self::RiskAssessed => ("The risk was assessed", "已作风险评估"),
            Self::RiskNotHigh => ("The risk is not high; not assessed counts as high", "风险等级非高;未评估视为高"),
            Self::AssessmentRecent => (
                "The assessment is not older than 30 days, or a supervisor waived that under safeguards",
                "评估未超过30日,或主管已在落实安全措施后豁免",
            ),
            Self::PoliceMatterConcluded => ("What the police looked into, if anything, is concluded", "警情(如有)已处理完毕"),
            Self::NoProtectionOrder => ("No protection order is in force or applied for", "没有生效中或正在申请的人身安全保护令"),
            Self::NoAdmonitionBreached => ("No admonition was breached", "没有违反告诫书的情形"),
            Self::NoCrimeSuspected => ("No crime is suspected", "没有涉嫌犯罪的情形"),
        }
    }
}

/// The conditions that are not met, in order.
pub fn missing(evidence: &Evidence) -> Vec<Condition> {
    Condition::ALL.iter().copied().filter(|condition| !condition.is_met(evidence)).collect()
}

/// The missing conditions as the refusal names them; what rests on a facet that is withheld is left out.
pub fn as_errors(missing: &[Condition], reads: FacetSet) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for condition in missing.iter().filter(|condition| condition.is_shown(reads)) {
        let (message, message_zh) = condition.said();
        errors.push(format!("/gate/{condition}"), FieldCode::Other { code: "not_met", message, message_zh });
    }
    errors
}

/// The gate as a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GateView {
    /// Whether every condition is met now, those that are not listed too.
    pub met: bool,
    /// Each condition, but for those that rest on a facet that is withheld from you.
    pub conditions: Vec<ConditionView>,
}

/// A condition and whether it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConditionView {
    /// Its word.
    pub condition: Condition,
    /// Whether it is met now.
    pub met: bool,
    /// What it asks, in English.
    pub text: &'static str,
    /// What it asks, in Chinese.
    pub text_zh: &'static str,
}

impl GateView {
    /// The gate, as the evidence stands, for a reader of these facets.
    pub fn of(evidence: &Evidence, reads: FacetSet) -> Self {
        let conditions: Vec<_> = Condition::ALL
            .iter()
            .filter(|condition| condition.is_shown(reads))
            .map(|condition| {
                let (text, text_zh) = condition.said();
                ConditionView { condition: *condition, met: condition.is_met(evidence), text, text_zh }
            })
            .collect();
        Self { met: missing(evidence).is_empty(), conditions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(n: u8) -> PartyId {
        format!("0193a5b0-7c00-7000-8000-0000000000{n:02}").parse().unwrap()
    }
    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).plus_minutes(minutes)
    }
    const HER: u8 = 1;
    const HIM: u8 = 2;

    fn met() -> Evidence {
        Evidence {
            parties: vec![(party(HER), PartyKind::Survivor), (party(HIM), PartyKind::Respondent)],
            screenings: vec![
                Screened { party: party(HER), at: at(0), fit: true },
                Screened { party: party(HIM), at: at(60), fit: true },
            ],
            consents: vec![Consented { party: party(HER), holds: true }, Consented { party: party(HIM), holds: true }],
            impartial: true,
            assessed: Some(Assessed { level: RiskLevel::Medium, is_old: false, is_waived: false }),
            bars: Bars::default(),
        }
    }
    fn but(change: impl FnOnce(&mut Evidence)) -> Vec<Condition> {
        let mut evidence = met();
        change(&mut evidence);
        missing(&evidence)
    }

    /// Conditions, and what breaks them.
    type Break = (&'static [Condition], fn(&mut Evidence));
    /// Every condition, and what breaks it and it alone; that nothing was assessed breaks what rests on an assessment too.
    fn breaks() -> Vec<Break> {
        fn assessed(e: &mut Evidence) -> &mut Assessed {
            e.assessed.get_or_insert(Assessed { level: RiskLevel::Medium, is_old: false, is_waived: false })
        }
        vec![
            (&[Condition::SurvivorScreened], |e| e.screenings.retain(|s| s.party != party(HER))),
            (&[Condition::RespondentScreened], |e| {
                e.screenings.iter_mut().filter(|s| s.party == party(HIM)).for_each(|s| s.fit = false);
            }),
            (&[Condition::SeparateSittings], |e| e.screenings.push(Screened { party: party(3), at: at(60 + 121), fit: true })),
            (&[Condition::SurvivorConsents], |e| e.consents.retain(|c| c.party != party(HER))),
            (&[Condition::RespondentConsents], |e| e.consents.push(Consented { party: party(HIM), holds: false })),
            (&[Condition::MediatorImpartial], |e| e.impartial = false),
            (&[Condition::RiskNotHigh], |e| assessed(e).level = RiskLevel::High),
            (&[Condition::AssessmentRecent], |e| assessed(e).is_old = true),
            (&[Condition::PoliceMatterConcluded], |e| e.bars.police_matter_open = true),
            (&[Condition::NoProtectionOrder], |e| e.bars.order = true),
            (&[Condition::NoAdmonitionBreached], |e| e.bars.admonition_breached = true),
            (&[Condition::NoCrimeSuspected], |e| e.bars.crime_suspected = true),
            (&[Condition::RiskAssessed, Condition::RiskNotHigh, Condition::AssessmentRecent], |e| e.assessed = None),
        ]
    }
    /// Two screened in one sitting, neither of them hers or his: broken apart from who was screened.
    fn with_a_third(evidence: &mut Evidence) {
        evidence.parties.push((party(3), PartyKind::Respondent));
        evidence.screenings.push(Screened { party: party(3), at: at(120), fit: true });
        evidence.consents.push(Consented { party: party(3), holds: true });
        evidence.parties.push((party(4), PartyKind::Respondent));
        evidence.screenings.push(Screened { party: party(4), at: at(60 + 120), fit: true });
        evidence.consents.push(Consented { party: party(4), holds: true });
    }

    #[test]
    fn each_condition_stands_in_the_way_alone_and_in_pairs_and_is_named() {
        let all = breaks();
        for (at, (one, breaks_one)) in all.iter().enumerate() {
            assert_eq!(
                but(|e| {
                    with_a_third(e);
                    breaks_one(e);
                }),
                *one
            );
            for (other, breaks_other) in &all[at + 1..] {
                let mut both: Vec<_> = one.iter().chain(*other).copied().collect();
                both.sort_unstable();
                both.dedup();
                assert_eq!(
                    but(|e| {
                        with_a_third(e);
                        breaks_one(e);
                        breaks_other(e);
                    }),
                    both
                );
            }
        }
        let mut said: Vec<_> = all.iter().flat_map(|(conditions, _)| conditions.iter().copied()).collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said, Condition::ALL, "a condition without its line in the table");
    }

    #[test]
    fn it_opens_when_every_condition_is_met_and_names_each_that_is_not() {
        assert_eq!(but(|_| {}), []);
        assert!(GateView::of(&met(), FacetSet::ALL).met);
        assert_eq!(but(|e| e.impartial = false), [Condition::MediatorImpartial]);
        assert_eq!(but(|e| e.screenings.truncate(1)), [Condition::RespondentScreened]);
        assert_eq!(but(|e| e.consents.retain(|c| c.party != party(HER))), [Condition::SurvivorConsents]);
        let nothing = missing(&Evidence::default());
        assert_eq!(
            nothing.len(),
            Condition::ALL.len() - 5,
            "no sittings are no common ones, no measures bar nothing: {nothing:?}"
        );
    }

    #[test]
    fn each_legal_measure_bars_it_by_a_condition_of_its_own_for_readers_of_measures() {
        let none = Bars::default();
        let table = [
            (Bars { police_matter_open: true, ..none }, Condition::PoliceMatterConcluded),
            (Bars { order: true, ..none }, Condition::NoProtectionOrder),
            (Bars { admonition_breached: true, ..none }, Condition::NoAdmonitionBreached),
            (Bars { crime_suspected: true, ..none }, Condition::NoCrimeSuspected),
        ];
        for (bars, condition) in table {
            assert_eq!(but(|e| e.bars = bars), [condition]);
            let blind = GateView::of(&Evidence { bars, ..met() }, FacetSet::ALL.without(Facet::Measures));
            assert!(!blind.met && blind.conditions.iter().all(|line| line.met), "{condition}: fails, and does not say why");
        }
    }

    #[test]
    fn no_party_is_not_every_party() {
        let said = but(|e| e.parties.retain(|(_, kind)| *kind != PartyKind::Respondent));
        assert_eq!(said, [Condition::RespondentScreened, Condition::RespondentConsents]);
    }

    #[test]
    fn a_second_survivor_is_asked_too() {
        let said = but(|e| e.parties.push((party(3), PartyKind::Survivor)));
        assert_eq!(said, [Condition::SurvivorScreened, Condition::SurvivorConsents]);
    }

    #[test]
    fn her_last_word_counts() {
        let back = but(|e| e.consents.push(Consented { party: party(HER), holds: false }));
        assert_eq!(back, [Condition::SurvivorConsents]);
        let again = but(|e| {
            e.consents.push(Consented { party: party(HER), holds: false });
            e.consents.push(Consented { party: party(HER), holds: true });
        });
        assert_eq!(again, []);
    }

    #[test]
    fn the_latest_sitting_counts_even_if_it_was_entered_first() {
        let unfit = but(|e| e.screenings.insert(0, Screened { party: party(HER), at: at(300), fit: false }));
        assert_eq!(unfit, [Condition::SurvivorScreened]);
        let older = but(|e| e.screenings.push(Screened { party: party(HER), at: at(-300), fit: false }));
        assert_eq!(older, []);
        let both = but(|e| e.screenings.push(Screened { party: party(HER), at: at(0), fit: false }));
        assert_eq!(both, [Condition::SurvivorScreened], "of one sitting the sheet recorded last");
    }

    #[test]
    fn one_sitting_for_both_is_none() {
        for minutes in [0, 14, -14] {
            assert_eq!(but(|e| e.screenings[1].at = at(minutes)), [Condition::SeparateSittings], "{minutes}");
        }
        assert_eq!(but(|e| e.screenings[1].at = at(15)), []);
    }

    #[test]
    fn an_assessment_exists_is_not_high_and_not_old() {
        let assessed = |level, is_old, is_waived| but(|e| e.assessed = Some(Assessed { level, is_old, is_waived }));
        let all = [Condition::RiskAssessed, Condition::RiskNotHigh, Condition::AssessmentRecent];
        assert_eq!(but(|e| e.assessed = None), all, "not assessed counts as high");
        assert_eq!(assessed(RiskLevel::Standard, false, false), []);
        assert_eq!(assessed(RiskLevel::High, false, false), [Condition::RiskNotHigh]);
        assert_eq!(assessed(RiskLevel::Medium, true, false), [Condition::AssessmentRecent]);
        assert_eq!(assessed(RiskLevel::Medium, true, true), []);
        assert_eq!(assessed(RiskLevel::High, true, true), [Condition::RiskNotHigh], "a waiver is for the age alone");
    }

    #[test]
    fn it_is_old_after_thirty_days_and_only_then_waived() {
        let seen = |days: i64, minutes| Assessed::seen(RiskLevel::Medium, at(0), at(days * 24 * 60 + minutes), false);
        assert!(!seen(30, 0).is_old && !seen(30, 0).may_be_waived());
        assert!(seen(30, 1).is_old && seen(30, 1).may_be_waived());
        assert!(!Assessed { level: RiskLevel::High, ..seen(31, 0) }.may_be_waived());
        assert!(!Assessed { is_waived: true, ..seen(31, 0) }.may_be_waived(), "once is enough");
    }

    #[test]
    fn whoever_does_not_read_risk_is_told_pass_or_fail_alone() {
        let mut evidence = met();
        evidence.assessed = None;
        let told = GateView::of(&evidence, FacetSet::of(&[Facet::Mediation]));
        assert!(!told.met && told.conditions.iter().all(|c| c.met && c.condition.rests_on().is_none()));
        assert!(as_errors(&missing(&evidence), FacetSet::of(&[Facet::Mediation])).as_slice().is_empty());
        assert_eq!(as_errors(&missing(&evidence), FacetSet::of(&[Facet::Risk])).as_slice().len(), 3);
    }

    #[test]
    fn the_refusal_points_at_each_condition_in_both_languages() {
        let errors = as_errors(&[Condition::SurvivorConsents], FacetSet::EMPTY);
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        assert_eq!((error.pointer.as_str(), error.code.as_ref()), ("/gate/survivor_consents", "not_met"));
        for condition in Condition::ALL {
            let (en, zh) = condition.said();
            assert!(en.is_ascii() && !zh.is_ascii());
        }
    }
}
