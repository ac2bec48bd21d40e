//! The calls of the program in a text for a shell.

/// The words of each call, the name of the program among them. Variables and substitutions stay as they are written.
pub(crate) fn calls(script: &str) -> Vec<Vec<String>> {
    let commands = commands(script).into_iter();
    commands
        .filter_map(|words| words.iter().position(|word| word == "tfctrail").map(|at| words[at..].to_vec()))
        .collect()
}

/// Splits a script into commands, without comments and redirections. `cargo run … --` is the program, too.
fn commands(script: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut characters = script.replace("\\\n", " ").chars().collect::<Vec<_>>().into_iter().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => word.get_or_insert_default().extend(characters.by_ref().take_while(|&next| next != '\'')),
            '"' => word.get_or_insert_default().extend(characters.by_ref().take_while(|&next| next != '"')),
            '#' if word.is_none() => while characters.next_if(|&next| next != '\n').is_some() {},
            ' ' => words.extend(word.take()),
            '|' | '&' | ';' | '\n' | '(' | ')' => {
                words.extend(word.take());
                commands.push(command(std::mem::take(&mut words)));
            }
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word.take());
    commands.push(command(words));
    commands
}

fn command(words: Vec<String>) -> Vec<String> {
    let mut words = words.into_iter().peekable();
    let mut command = Vec::new();
    let mut is_cargo = false;
    while let Some(word) = words.next() {
        if word == ">" || word == "<" {
            words.next();
        } else if word == "cargo" && words.peek().is_some_and(|next| next == "run") {
            is_cargo = true;
        } else if is_cargo {
            if word == "--" {
                command.push("tfctrail".to_owned());
                is_cargo = false;
            }
        } else {
            command.push(word);
        }
    }
    command
}

#[test]
fn calls_are_found_in_scripts() {
    let check = |script: &str, found: &[&[&str]]| assert_eq!(calls(script), found, "{script}");
    check("tfctrail runs 'a b' --ip \"!c\"  # tfctrail d", &[&["tfctrail", "runs", "a b", "--ip", "!c"]]);
    check("aws s3 ls && tfctrail trust \\\n  logs/ > x.tf\nls", &[&["tfctrail", "trust", "logs/"]]);
    check("cargo run --release -- runs x | jq -r '.a | .b'", &[&["tfctrail", "runs", "x"]]);
    check("# tfctrail\nls; A=1 tfctrail a", &[&["tfctrail", "a"]]);
}
