use super::*;

fn drawn(text: &str) -> String {
    format!("\n{}", graph(text).picture())
}

#[test]
fn y() { println!("{}", drawn(Y)); println!("{}", drawn(MERGED));
println!("{}", drawn("a: | b: a | c: b #x| d: a ~b | e: | f: e c d | g: f | h: e| i: a | j: h i | k: a | l: b"));
println!("{}", drawn("a1: | b1: a1 | c1: b1 | a2: | b2: a2 | c2: b2 | d1: c1 c2 | d2: c2"));
println!("{}", drawn("a: | b1: a | b2: a | b3: a | c1: b1 b2 b3 | c2: b1 b2 b3"));
println!("{}", drawn("a: | b1: a | b2: b1 | b3: b2 | x: a | y: b1 | z: b2 | q: b2 |r: b1 | s: b3"));
}
