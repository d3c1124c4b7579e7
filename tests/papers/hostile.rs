//! What people write is data: no markup, no command, nothing lost, nothing off the page.

use lianhu::base::words::Language;
use lianhu::papers::Filled;

use super::reader::{images, paper, press, run_together, without_space};
use super::samples::sample;

/// A closing summary with this text in its longest field, as it is read back.
async fn summary(written: &str) -> (String, Vec<u8>) {
    let mut fields = sample("closing_summary", Language::Zh);
    for (name, filled) in &mut fields {
        if *name == "summary" {
            *filled = Filled::Text(written.to_owned());
        }
    }
    let pdf = press().print(paper("closing_summary", Language::Zh, fields)).await.unwrap();
    (run_together(&pdf), pdf)
}

#[tokio::test]
async fn markup_is_text() {
    for written in [
        "#import \"/etc/passwd\"",
        "#eval(\"1 + 1\")",
        "*bold* _emph_ `raw` = Heading",
        "$x^2$ \\ \\# \\u{41} ~ -- --- ...",
        "@reference <label> // comment /* more */",
        "#data.survivor #panic() #{ while true {} }",
        "- item + item / term: x",
        "\"quoted\" 'quoted' [content] {code}",
        "https://example.org/?a=b&c=d",
        "</w:t><script>alert(1)</script>",
    ] {
        let (read, _) = summary(written).await;
        assert!(read.contains(&without_space(written)), "{written}\n{read}");
    }
}

#[tokio::test]
async fn rare_names_come_back() {
    for name in ["𠮷田", "阿卜杜热西提·买买提", "龘骉犇", "㛃彧翀", "Анна Каренина", "Zoë Müller"]
    {
        let (read, _) = summary(&format!("当事人{name}到场")).await;
        assert!(read.contains(&without_space(name)), "{name}\n{read}");
    }
}

#[tokio::test]
async fn what_no_font_has_is_spelled_out_and_what_cannot_be_seen_is_left_out() {
    let (read, _) = summary("笑脸😀在此 \u{202E}反写\u{202C} 零\u{200B}宽 ئابدۇ Łukasz").await;
    for told in ["笑脸[U+1F600]在此", "反写", "零宽", "[U+0626]", "[U+0141]ukasz"] {
        assert!(read.contains(told), "{told}\n{read}");
    }
}

#[tokio::test]
async fn line_ends_stay_and_ten_thousand_characters_stay_on_the_page() {
    let han: String = (0..10_000_u32).map(|n| char::from_u32(0x4E00 + n).unwrap()).collect();
    let (read, pdf) = summary(&han).await;
    let lost: Vec<char> = han.chars().filter(|c| !read.contains(*c)).collect();
    assert!(lost.is_empty(), "{} characters are lost: {lost:?}", lost.len());
    assert!(images(&pdf).len() > 5);
    let word = "a".repeat(3_000);
    let (read, pdf) = summary(&word).await;
    assert!(read.matches('a').count() >= 3_000);
    for (width, height, pixels) in images(&pdf) {
        for y in 0..height {
            assert!((width - 40..width).all(|x| pixels[y * width + x] > 200), "a long word runs off the page");
        }
    }
}
