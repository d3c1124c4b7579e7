//! Every template in both languages: the text comes back whole and in order, every glyph is there, nothing leaves the page.

use lianhu::base::words::Language;

use super::reader::{fonts, images, paper, press, run_together, templates, text, without_space};
use super::samples::{sample, shown};

#[tokio::test]
async fn every_paper_is_whole_in_both_languages() {
    let press = press();
    for template in templates().iter() {
        for language in [Language::Zh, Language::En] {
            let what = format!("{} {language}", template.key());
            let fields = sample(template.key(), language);
            let pdf = press
                .print(paper(template.key(), language, fields.clone()))
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let read = run_together(&pdf);
            let title = match language {
                Language::Zh => &template.title().zh,
                Language::En => &template.title().en,
            };
            assert!(read.contains(&without_space(title)), "{what}: {title}\n{read}");
            for (name, filled) in &fields {
                for told in shown(filled) {
                    for line in told.lines() {
                        assert!(read.contains(&without_space(line)), "{what}: {name}: {line}\n{read}");
                    }
                }
            }
            for (line, told) in fonts(&pdf).iter().map(|line| (line, line.split_whitespace().rev().collect::<Vec<_>>())) {
                // … emb sub uni object-id generation, from behind.
                assert_eq!(told[2..5], ["yes", "yes", "yes"], "{what}: {line}");
            }
            assert!(!read.contains('\u{FFFD}') && !read.contains('□'), "{what}: {read}");
            let pages = images(&pdf);
            assert!((1..=3).contains(&pages.len()), "{what}: {} pages", pages.len());
            for (width, height, pixels) in pages {
                assert_eq!((width, height), (414, 585), "{what}: A4 at 50 dots an inch");
                let ink = |x: usize, y: usize| pixels[y * width + x] < 200;
                // Nothing in the margins: 10 mm are 19 pixels.
                let mut edge = (0..height)
                    .flat_map(|y| (0..width).map(move |x| (x, y)))
                    .filter(|(x, y)| *x < 19 || *x >= width - 19 || *y < 19 || *y >= height - 19);
                assert!(!edge.any(|(x, y)| ink(x, y)), "{what}: ink in the margin");
                assert!((0..width * height).filter(|at| pixels[*at] < 128).count() > 200, "{what}: an empty page");
            }
            if let Some(folder) = std::env::var_os("PAPERS_KEEP") {
                std::fs::write(std::path::Path::new(&folder).join(format!("{}-{language}.pdf", template.key())), &pdf).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn days_times_and_money_are_told_in_the_papers_language() {
    let press = press();
    let print = |key, language| press.print(paper(key, language, sample(key, language)));
    let notice = run_together(&print("mediation_notice_respondent", Language::Zh).await.unwrap());
    assert!(
        notice.contains("2026年4月12日09:30") && notice.contains("2026年4月6日") && notice.contains("第1页\u{FF0C}共1页"),
        "{notice}"
    );
    let notice = text(&print("mediation_notice_respondent", Language::En).await.unwrap());
    assert!(
        notice.contains("12 April 2026, 09:30") && notice.contains("6 April 2026") && notice.contains("Page 1 of 1"),
        "{notice}"
    );
    let settled = text(&print("settlement", Language::Zh).await.unwrap());
    assert!(settled.contains("¥14,900.00") && settled.contains("-¥60.00"), "{settled}");
}

#[tokio::test]
async fn the_same_data_gives_the_same_bytes() {
    let made = || async {
        let press = press();
        press.print(paper("referral_letter", Language::Zh, sample("referral_letter", Language::Zh))).await.unwrap()
    };
    let (one, other) = (made().await, made().await);
    assert!(one == other, "{} and {} bytes", one.len(), other.len());
    let head = String::from_utf8_lossy(&one);
    for trace in ["CreationDate", "ModDate", "/Author", "7K3M-92QX"] {
        assert!(!head.contains(trace), "{trace}");
    }
}
