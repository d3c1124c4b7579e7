//! How fast a file of providers is imported, and in how much memory: `lianhu directory import`, a process of its own.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lianhu::base::sheet::{Cell, Table, xlsx};

use crate::app::{Backend, ground};
use crate::serving;
use crate::verify::peak_kib;

/// A file of so many rows: providers, each with a service and a licence.
fn file(rows: usize) -> Vec<u8> {
    let text = |text: String| Cell::text(text);
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut tables = [
        Table { name: "providers".into(), columns: columns(&["name", "kind", "division", "contact_point"]), rows: Vec::new() },
        Table {
            name: "services".into(),
            columns: columns(&[
                "provider",
                "name",
                "kind",
                "audiences",
                "divisions",
                "languages",
                "hours",
                "capacity",
                "description",
            ]),
            rows: Vec::new(),
        },
        Table {
            name: "licences".into(),
            columns: columns(&["provider", "name", "number", "issuer", "first_day", "last_day"]),
            rows: Vec::new(),
        },
    ];
    let described = "为家庭暴力受害人提供法律咨询、陪同出庭与代书服务;每周一至周五接待,夜间以电话联系。".repeat(4);
    for number in 0..rows {
        let (name, which) = (format!("服务机构{:05}", number / 3), number % 3);
        let row = match which {
            0 => vec![text(name), text("legal_aid".into()), text("310113".into()), text("021-5600-0000".into())],
            1 => vec![
                text(name),
                text("法律咨询".into()),
                text("legal_advice".into()),
                text("survivors children".into()),
                text("310113 310114".into()),
                text("zh".into()),
                text("周一至周五".into()),
                Cell::Whole(20),
                text(described.clone()),
            ],
            _ => vec![
                text(name),
                text("执业许可证".into()),
                text(number.to_string()),
                text("市司法局".into()),
                text("2026-01-01".into()),
                text("2030-12-31".into()),
            ],
        };
        if let Some(table) = tables.get_mut(which) {
            table.rows.push(row);
        }
    }
    xlsx(&tables).expect("a workbook")
}

/// Imports into both databases: new, and again.
pub fn measure(sizes: &[usize]) {
    println!("## Importing the provider directory\n");
    println!("| database | rows | file KB | again | seconds | rows a second | peak MB |");
    println!("|----------|-----:|--------:|-------|--------:|--------------:|--------:|");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for rows in sizes {
            let (url, _data, _world) = ground(backend);
            let folder = tempfile::tempdir().expect("a folder");
            let (path, bytes) = (folder.path().join("providers.xlsx"), file(*rows));
            std::fs::write(&path, &bytes).expect("written");
            for again in ["no", "yes"] {
                let mut command = Command::new(env!("CARGO_BIN_EXE_lianhu"));
                serving::settings(&mut command, &url);
                command.args(["directory", "import"]).arg(&path);
                let begun = Instant::now();
                let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("it starts");
                let mut peak = 0;
                let status = loop {
                    if let Some(status) = child.try_wait().expect("it runs") {
                        break status;
                    }
                    peak = peak.max(peak_kib(child.id()));
                    std::thread::park_timeout(Duration::from_millis(5));
                };
                let took = begun.elapsed().as_secs_f64();
                assert!(status.success(), "it was not imported: {status}");
                let rate = f64::from(u32::try_from(*rows).unwrap_or(u32::MAX)) / took;
                let size = bytes.len() / 1000;
                println!("| {backend:?} | {rows} | {size} | {again} | {took:.2} | {rate:.0} | {} |", peak / 1024);
            }
        }
    }
    println!();
}
