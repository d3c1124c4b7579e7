//! Machines differ most in how long their disks take over a sync: from nearly nothing, where a battery or the host's
//! cache answers for them, to some milliseconds. `--sync-us N` lets every sync of every process here take so much longer.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// How much longer a sync takes, microseconds, for the processes that this one starts.
pub const VARIABLE: &str = "LOAD_SYNC_US";

/// Runs this program again behind the slow disk, unless it is already.
pub fn put_on(microseconds: u32) {
    if microseconds == 0 || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join("slow_disk.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/load/slow_disk.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).args([source, "-ldl"]).status();
    assert!(made.is_ok_and(|status| status.success()), "a C compiler makes the slow disk");
    let program = std::env::current_exe().expect("this program");
    let failed = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env("LD_PRELOAD", &library)
        .env(VARIABLE, microseconds.to_string())
        .exec();
    panic!("it does not run again: {failed}");
}
