//! What a command costs as a process of its own.

use std::io;
use std::process::Command;

/// User and system time of a command. The shell measures it, since std does not tell what a child used.
pub(crate) fn seconds(command: &[&str]) -> io::Result<f64> {
    let script = r#"TIMEFORMAT='%3U %3S'; time "$@" >/dev/null 2>&1"#;
    let output = Command::new("bash").env("LC_ALL", "C").args(["-c", script, "bash"]).args(command).output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let parts: Vec<f64> = told.split_whitespace().filter_map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [user, system] if output.status.success() => Ok(user + system),
        _ => Err(io::Error::other(format!("{command:?} ended with {}: {told}", output.status))),
    }
}

/// The ratios of a command to the floor, least first: each run of it stands right behind a run of the floor.
pub(crate) fn ratios(floor: &[&str], command: &[&str], rounds: usize) -> io::Result<Vec<f64>> {
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let floor = seconds(floor)?;
        ratios.push(seconds(command)? / floor);
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios)
}
