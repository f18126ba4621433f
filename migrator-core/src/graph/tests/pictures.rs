use super::*;

#[track_caller]
fn draws(text: &str, picture: &str) {
    let drawn = graph(text).picture();
    assert_eq!(drawn.trim_end(), picture.trim_matches('\n'), "\n{drawn}");
}

#[test]
fn a_line_is_a_line() {
    draws("a: | b: a | c: b", "* c\n* b\n* a");
}

#[test]
fn branches_leave_and_meet() {
    draws(
        MERGED,
        r"
* f
* e
|\
* | d1
* | c1
| * d2
| * c2 (c2branch)
|/
* b
* a",
    );
}

#[test]
fn lines_without_a_common_start_move_over() {
    draws(
        "a1: | b1: a1 | c1: b1 | a2: | c2: a2 | d1: c1 c2 | d2: c2 ~a1",
        r"
* d1
|\
* | c1
* | b1
| | * d2 [needs a1]
| |/
| * c2
| * a2
* a1",
    );
    draws("a: | b: ", "* a\n* b");
}

#[test]
fn lines_cross_where_they_must() {
    draws(
        "a: | b1: a | b2: a | b3: a | c1: b1 b2 b3 | c2: b1 b2 b3",
        r"
* c1
|\
|\ \
| | | * c2
| | | |\
| | | |\ \
| | |/ / /
| |/| | |
|/| | | |
| | |/ /
| |/| |
| | |/
* | | b1
| * | b2
|/ /
| * b3
|/
* a",
    );
}

#[test]
fn many_short_branches_stay_narrow() {
    let branches: Vec<String> = (100..200).map(|at| format!("{at}:? | x{at}: {at}")).collect();
    let picture = graph(&branches.join(" | ").replace(":?", "")).picture();
    let widest = picture.lines().map(|line| line.find(|c: char| c.is_alphanumeric()).unwrap_or(line.len())).max();
    assert!(widest <= Some(4), "{picture}");
}

#[test]
fn mermaid_quotes_what_it_would_read() {
    let mut nodes = [node("a:"), node("b: a #x"), node("c: b ~a"), node("d: ~a")];
    nodes[1].description = Some("say \"hi\"; <b>#1</b>".into());
    let text = Graph::build(nodes).unwrap().mermaid();
    let expected = "flowchart TD
    r0[\"a\"]
    r1[\"b (x) say #34;hi#34;#59; #60;b#62;#35;1#60;/b#62;\"]
    r2[\"c\"]
    r3[\"d\"]
    r0 --> r1
    r1 --> r2
    r0 -.-> r2
    r0 -.-> r3
";
    assert_eq!(text, expected);
}
