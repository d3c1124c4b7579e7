//! Her access statement on paper: in plain words of both languages, with what it rests on. Nothing in it says whose it is:
//! no name, no case number.

use maud::{DOCTYPE, Markup, html};

use super::LineView;
use crate::base::time::Timestamp;
use crate::overviews::log::rests::CheckpointView;

/// Its look.
pub(super) const STYLE: &str = include_str!("print.css");

/// The whole statement.
pub(super) fn page(lines: &[LineView], checkpoint: Option<&CheckpointView>, now: Timestamp) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                title { "说明 Statement" }
                link rel="stylesheet" href="/api/print.css";
            }
            body {
                h1 { "查阅说明" br; small lang="en" { "Access statement" } }
                p { "下表列出谁、何时、代表哪个单位、依据什么,看过您的哪些信息,共 " (lines.len()) " 次。打印时间:" (now.in_china()) "。" }
                p lang="en" {
                    "Who saw which part of what is kept about you, when, for which agency, and why: " (lines.len())
                    " times. Printed " (now.in_china()) "."
                }
                table {
                    thead { tr { th { "时间 When" } th { "谁看了什么、为什么 Who saw what, and why" } th { "序号 No." } } }
                    tbody {
                        @for line in lines {
                            tr {
                                td { (line.at.in_china()) }
                                td { (line.text.zh) br; span lang="en" { (line.text.en) } }
                                td { @if let Some(index) = line.index { (index) } @else { "—" } }
                            }
                        }
                    }
                }
                @if let Some(checkpoint) = checkpoint {
                    p {
                        "以上内容取自审计日志。“序号”是每次查阅在日志中的位置;日志前 " (checkpoint.size)
                        " 条由以下检查点签名,任何人可据此核对。没有序号的查阅刚刚发生,数秒后收录。"
                    }
                    p lang="en" {
                        "Taken from the audit log. \"No.\" is the place of each access in it; its first " (checkpoint.size)
                        " entries are signed by the checkpoint below, against which anybody can check them. An access without a \
                         number has only just happened."
                    }
                    pre { (checkpoint.note) }
                }
            }
        }
    }
}
