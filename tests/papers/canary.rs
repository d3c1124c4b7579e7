//! What a paper must not tell: each field is filled with its facet's mark.

use lianhu::base::words::{Facet, FacetSet, Language};
use lianhu::papers::{ALLOWED_TO_RESPONDENT, Filled};

use super::reader::{paper, press, run_together, templates};
use super::samples::{marked, sample};

fn mark(facet: Option<Facet>) -> String {
    facet.map_or_else(|| "MARKNONE".to_owned(), |facet| format!("MARK{}", facet.as_str().to_uppercase()))
}

#[tokio::test]
async fn a_paper_shows_no_mark_of_a_facet_that_it_does_not_bear() {
    let press = press();
    for template in templates().iter() {
        for without in [None].into_iter().chain(template.facets().iter().map(Some)) {
            // The whole paper, then the same without one facet where it can do without.
            let fields = marked(template.key(), |name| mark(template.field(name).unwrap().facet));
            let kept = |name: &str| {
                let field = template.field(name).unwrap();
                without.is_none() || field.facet != without || !field.optional
            };
            let fields: Vec<_> = fields.into_iter().filter(|(name, _)| kept(name)).collect();
            let paper = paper(template.key(), Language::Zh, fields);
            let borne = paper.facets();
            let read = run_together(&press.print(paper).await.unwrap());
            for facet in FacetSet::ALL.iter() {
                let is_there = read.contains(&mark(Some(facet)));
                assert!(borne.has(facet) || !is_there, "{} without {without:?} tells {facet}", template.key());
            }
            assert!(borne.within(template.facets()));
        }
    }
}

#[test]
fn a_paper_bears_the_facets_of_what_it_holds() {
    let templates = templates();
    let letter = templates.get("referral_letter").unwrap();
    let only = |names: &[&str]| {
        let fields = sample("referral_letter", Language::Zh)
            .into_iter()
            .filter(|(name, _)| !letter.field(name).unwrap().optional || names.contains(name));
        letter.fill(Language::Zh, fields).unwrap().facets()
    };
    assert_eq!(only(&[]), FacetSet::EMPTY);
    assert_eq!(only(&["survivor", "happened"]), FacetSet::of(&[Facet::Identity, Facet::Incident]));
    assert_eq!(only(&["hazards"]), FacetSet::of(&[Facet::Risk]));
}

#[tokio::test]
async fn what_may_reach_the_respondent_draws_from_the_list_alone_and_never_says_why() {
    let press = press();
    let mut reaching = Vec::new();
    for template in templates().iter().filter(|template| template.reaches_respondent()) {
        reaching.push(template.key().to_owned());
        for (name, field) in template.fields() {
            assert!(ALLOWED_TO_RESPONDENT.contains(&name), "{}: {name}", template.key());
            assert!(matches!(field.facet, None | Some(Facet::Mediation | Facet::Measures)), "{}: {name}", template.key());
        }
        for language in [Language::Zh, Language::En] {
            let read =
                run_together(&press.print(paper(template.key(), language, sample(template.key(), language))).await.unwrap());
            let read = read.to_lowercase();
            for telling in [
                "risk",
                "protection",
                "safe",
                "consent",
                "violen",
                "survivor",
                "respondent",
                "casenumber",
                "风险",
                "安全",
                "保护令",
                "同意",
                "暴力",
                "受害",
                "加害",
                "被申请",
                "个案",
                "周丽萍",
                "林建国",
                "7k3m-92qx",
            ] {
                assert!(!read.contains(telling), "{} {language}: {telling}: {read}", template.key());
            }
        }
    }
    assert_eq!(
        reaching,
        ["admonition_receipt", "mediation_agreement", "mediation_notice_respondent", "mediation_notice_survivor"]
    );
}

#[test]
fn nothing_of_where_she_is_or_what_she_said_in_confidence_is_ever_printed() {
    for template in templates().iter() {
        for facet in [Facet::Contact, Facet::Location, Facet::Confidential] {
            assert!(!template.facets().has(facet), "{}: {facet}", template.key());
        }
    }
}

#[test]
fn data_that_does_not_fit_is_refused_by_name_alone() {
    let templates = templates();
    let notice = templates.get("mediation_notice_respondent").unwrap();
    let told = |fields: Vec<(&'static str, Filled)>| notice.fill(Language::Zh, fields).err().map(|wrong| wrong.to_string());
    let whole = sample("mediation_notice_respondent", Language::Zh);
    let text = |text: &str| Filled::Text(text.to_owned());
    let mut more = whole.clone();
    more.push(("reasons", text("秘密")));
    assert_eq!(told(more).unwrap(), "the paper mediation_notice_respondent has no field reasons");
    let mut other = whole.clone();
    other[3].1 = text("秘密");
    assert_eq!(told(other).unwrap(), "the field meeting_at of the paper mediation_notice_respondent is of another kind");
    let fewer: Vec<_> = whole.into_iter().filter(|(name, _)| *name != "office_contact").collect();
    assert_eq!(told(fewer).unwrap(), "the paper mediation_notice_respondent needs the field office_contact");
}
