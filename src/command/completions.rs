//! `completions`: print the script that completes commands, jobs and filters in a shell.

use std::{env, path::Path};

use clap::{Args, ValueEnum};

use super::{Context, Exit, completing::VARIABLE};

/// Print the script that completes commands, jobs and filters in a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway completions bash > ~/.local/share/bash-completion/completions/taxiway
  taxiway completions zsh > ~/.zfunc/_taxiway
  taxiway completions fish > ~/.config/fish/completions/taxiway.fish

Without the package bash-completion, in ~/.bashrc:
  source <(taxiway completions bash)
In zsh, in ~/.zshrc before compinit runs:
  fpath+=~/.zfunc

The script asks this program at each Tab. That reads the journal and the config,
and never the key or the network.")]
pub struct Completions {
    /// The shell that it is for: bash, zsh or fish
    #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
    pub shell: Shell,
}

/// A shell that this program completes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// From version 4 on.
    Bash,
    /// From version 5 on.
    Zsh,
    /// From version 3.1 on.
    Fish,
}

/// Runs the command. A script is no JSON, so `--json` changes nothing.
pub(super) fn completions(mut context: Context, args: &Completions) -> Exit {
    context.output.line(script(args.shell, &program()).trim_end());
    context.output.ended(Exit::Done)
}

/// How the script calls this program: by its name where it was called so, else by its place.
fn program() -> String {
    let called = env::args_os().next().unwrap_or_else(|| "taxiway".into());
    let path = Path::new(&called);
    let place = if path.components().count() > 1 { std::path::absolute(path).ok() } else { None };
    place.as_deref().unwrap_or(path).display().to_string()
}

/// Each hands the words up to the cursor to the program, and offers the lines that come back. Bash also needs
/// to hear which part of a word it takes for one, since it parts words at colons.
fn script(shell: Shell, program: &str) -> String {
    let script = match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    let program = match shell {
        Shell::Fish => format!("'{}'", program.replace('\\', r"\\").replace('\'', r"\'")),
        Shell::Bash | Shell::Zsh => shell_words::quote(program).into_owned(),
    };
    script.replace("VARIABLE", VARIABLE).replace("PROGRAM", &program)
}

const BASH: &str = r#"_taxiway() {
    mapfile -t COMPREPLY < <(VARIABLE=bash PROGRAM -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    # More is to come behind these.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
# The newest job comes first, where this bash can leave the order as it is.
complete -o nosort -F _taxiway taxiway 2>/dev/null || complete -F _taxiway taxiway
"#;

const ZSH: &str = r#"#compdef taxiway
_taxiway() {
    local line word meaning
    local -a whole begun
    for line in "${(@f)$(VARIABLE=zsh PROGRAM -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        word=${line%%$'\t'*}
        meaning=${line#*$'\t'}
        [[ -n $word ]] || continue
        line=${${word//\\/\\\\}//:/\\:}${meaning:+:$meaning}
        # More is to come behind these.
        if [[ $word == *[:=/] ]]; then begun+=("$line"); else whole+=("$line"); fi
    done
    (( $#begun )) && _describe -V 'words' begun -S ''
    (( $#whole )) && _describe -V 'words' whole
}
if [[ $funcstack[1] == _taxiway ]]; then _taxiway "$@"; else compdef _taxiway taxiway; fi
"#;

const FISH: &str = r"function __taxiway_complete
    set --local before (commandline --current-process --tokenize --cut-at-cursor)
    set --local current (commandline --current-token --cut-at-cursor)
    VARIABLE=fish PROGRAM -- $before $current 2>/dev/null
end
complete --command taxiway --no-files --keep-order --arguments '(__taxiway_complete)'
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_calls_the_program_wherever_it_is() {
        for shell in Shell::value_variants() {
            let plain = script(*shell, "taxiway");
            assert!(!plain.contains("VARIABLE") && !plain.contains("PROGRAM"), "{plain}");
            assert!(script(*shell, "/opt/a b/taxiway").contains("'/opt/a b/taxiway' -- "));
        }
    }
}
