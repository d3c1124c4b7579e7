//! The program's own log of this test process, at its most talkative.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use lianhu::base::config::{Log, LogFormat, LogLevel};
use lianhu::base::logging;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything logged since this was first called in the process; call it before the test begins, too.
pub fn log() -> Vec<u8> {
    static PAPER: OnceLock<Paper> = OnceLock::new();
    let paper = PAPER.get_or_init(|| {
        let paper = Paper::default();
        let writer = paper.clone();
        let log = Log { format: LogFormat::Json, level: LogLevel::Trace };
        tracing::subscriber::set_global_default(logging::subscriber(&log, false, move || writer.clone())).unwrap();
        paper
    });
    paper.0.lock().unwrap().clone()
}
