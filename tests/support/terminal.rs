//! A terminal of any size, which the program writes to.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::Run;

/// What a terminal of so many columns and lines has seen of standard output, and how the program ended.
pub(crate) fn on_terminal(run: Run, columns: u16, lines: u16) -> (String, Option<i32>) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    tcsetwinsize(&slave, Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let mut child = run.with_stdout(Stdio::from(slave)).spawn();
    let mut errors = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        let mut master = File::from(master);
        // Reading fails when nobody has the other side any more.
        while let Ok(count @ 1..) = master.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..count]);
        }
        seen
    });
    let mut said = String::new();
    errors.read_to_string(&mut said).unwrap();
    let code = child.wait().unwrap().code();
    (String::from_utf8(reader.join().unwrap()).unwrap().replace("\r\n", "\n"), code)
}
