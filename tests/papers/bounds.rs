//! What the press does not do: wait for ever, take everything, or work without a font.

use lianhu::base::config::Papers;
use lianhu::base::problem::{Code, Problem};
use lianhu::base::words::Language;
use lianhu::papers::{Filled, PaperError, Press, WrongData};

use super::reader::{paper, press, templates};
use super::samples::sample;

fn with(settings: &Papers) -> Press {
    Press::open(templates(), settings).unwrap()
}

fn letter() -> lianhu::papers::Paper {
    paper("referral_letter", Language::Zh, sample("referral_letter", Language::Zh))
}

#[tokio::test]
async fn without_a_font_it_names_the_package() {
    let empty = tempfile::tempdir().unwrap();
    let press = with(&Papers { fonts: vec![empty.path().to_owned()], ..Papers::default() });
    assert!(!press.has_fonts());
    let refused = press.print(letter()).await.unwrap_err();
    assert_eq!(refused, PaperError::NoFont);
    let problem = Problem::from(refused);
    assert_eq!((problem.code(), problem.code().status()), (Code::PapersUnavailable, 503));
    let body = serde_json::to_string(&problem.body("r")).unwrap();
    assert!(body.contains("fonts-noto-cjk"), "{body}");
    assert!(super::reader::press().has_fonts());
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_typeset() {
    let fields = |text: String, rows: usize| {
        let mut fields = sample("referral_letter", Language::Zh);
        for (name, filled) in &mut fields {
            match *name {
                "happened" => *filled = Filled::Text(text.clone()),
                "children" => *filled = Filled::List(vec!["x".to_owned(); rows]),
                _ => {}
            }
        }
        templates().get("referral_letter").unwrap().fill(Language::Zh, fields).map(drop)
    };
    assert_eq!(fields("字".repeat(1_000), 10), Ok(()));
    assert_eq!(fields("字".repeat(200_001), 0), Err(WrongData::TooLong));
    assert_eq!(fields(String::new(), 2_001), Err(WrongData::TooLong));
    assert_eq!(Problem::from(PaperError::Data(WrongData::TooLong)).code(), Code::TooLarge);
}

#[tokio::test]
async fn the_largest_paper_is_made_in_time_and_one_with_too_many_pages_is_not() {
    let press = press();
    let with_text = |text: String| {
        let fields = sample("closing_summary", Language::Zh)
            .into_iter()
            .map(|(name, filled)| (name, if name == "summary" { Filled::Text(text.clone()) } else { filled }));
        paper("closing_summary", Language::Zh, fields.collect::<Vec<_>>())
    };
    let pdf = press.print(with_text("字".repeat(190_000))).await;
    assert!(matches!(pdf, Ok(_) | Err(PaperError::TooLong)), "{:?}", pdf.err());
    // A line a character: far more than two hundred pages.
    assert_eq!(press.print(with_text("字\n".repeat(20_000))).await.unwrap_err(), PaperError::TooLong);
    assert!(press.print(letter()).await.is_ok(), "the press goes on");
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let press = with(&Papers { queue: 1, timeout_seconds: 120, ..Papers::default() });
    let all = futures_util::future::join_all((0..12).map(|_| press.print(letter()))).await;
    assert!(all.iter().any(Result::is_ok));
    assert!(all.iter().filter_map(|made| made.as_ref().err()).all(|error| *error == PaperError::Busy));
    assert!(all.iter().any(Result::is_err));
    assert!(press.print(letter()).await.is_ok(), "there is room again");
}
