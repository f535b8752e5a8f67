//! Prompts as people write them: short ones, long ones, and not all in English.

const SUBJECTS: [&str; 16] = [
    "a cat",
    "an old lighthouse",
    "the tram",
    "a paper boat",
    "a dancer",
    "a field of barley",
    "the harbour",
    "a glass of tea",
    "a red kite",
    "the market",
    "an astronaut",
    "a fox",
    "the violinist",
    "a steam train",
    "a birch forest",
    "her hand",
];
const ACTIONS: [&str; 12] = [
    "turns slowly towards the camera",
    "sways in the wind",
    "yawns and stretches",
    "glides out of the fog",
    "begins to glow from within",
    "dissolves into drifting petals",
    "waits while the light changes",
    "rises above the rooftops",
    "spins once and comes to rest",
    "casts a long shadow over the wall",
    "catches the first drops of rain",
    "drifts down the canal",
];
const DETAILS: [&str; 14] = [
    "slow dolly in, 35 mm, shallow depth of field",
    "handheld, the horizon a little off",
    "dust in the air, warm side light from the left",
    "reflections on wet cobblestones",
    "soft morning haze, pastel colours",
    "the camera stays still, only the curtains move",
    "neon signs flicker in the background, out of focus",
    "a flock of birds crosses the frame from right to left",
    "film grain, faded blacks, no text, no logo",
    "the focus goes from the foreground to the window",
    "steam rises and hides half of the scene",
    "snow falls thickly, each flake lit from behind",
    "at the end everything stops for a second",
    "seen from above, then the camera sinks to eye level",
];
const ELSEWHERE: [&str; 6] = [
    "夜の猫が屋根の上で踊る、月明かりの下で",
    "Ein Leuchtturm dreht sich langsam im Nebel über der See",
    "café au lait, la mousse tourne, lumière du matin 🌅",
    "Старый трамвай едет по мокрой улице",
    "밤의 항구, 배가 천천히 지나간다",
    "🎬 slow zoom 🛫 the plane leaves",
];

/// A prompt of at most `limit` characters: most have a sentence or two, some fill a screen.
pub fn prompt(luck: &mut fastrand::Rng, limit: usize) -> String {
    let mut text = if luck.u8(..12) == 0 {
        one(luck, &ELSEWHERE).to_owned()
    } else {
        format!("{} {}", one(luck, &SUBJECTS), one(luck, &ACTIONS))
    };
    let details = match luck.u8(..20) {
        0..4 => 0,
        4..12 => luck.usize(1..3),
        12..18 => luck.usize(3..6),
        _ => luck.usize(6..14),
    };
    for _ in 0..details {
        let detail = one(luck, &DETAILS);
        // Emoji count twice, so there is room left.
        if text.chars().count() + detail.chars().count() + 12 > limit {
            break;
        }
        text.push_str(", ");
        text.push_str(detail);
    }
    text
}

/// The words of a prompt that a file would be called by.
pub fn slug(prompt: &str) -> String {
    let word = |word: &str| -> String { word.chars().filter(char::is_ascii_alphanumeric).collect() };
    let words: Vec<String> = prompt.split(' ').map(word).filter(|word| !word.is_empty()).take(3).collect();
    if words.is_empty() { "picture".into() } else { words.join("-").to_lowercase() }
}

fn one<'a>(luck: &mut fastrand::Rng, of: &[&'a str]) -> &'a str {
    of.get(luck.usize(..of.len())).copied().unwrap_or_default()
}
