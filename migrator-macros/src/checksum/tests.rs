use proc_macro2::{Group, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};

use super::checksum;
use crate::rustfmt::rustfmt;

/// Everything rustfmt changes tokens of, in one function.
const NASTY: &str = r#"
use b::{y, x}; use a::z;
#[allow(dead_code)] extern fn plain(a:u8,b:&mut Vec<Vec<u8> >,)->Vec<HashMap<u8,u8,>>where u8:Copy,u16:Copy{ use d; use c; vec!(1,2,3,) }
/// Documented.
fn nasty(op: &mut Operations<'_>) -> MigrationResult { let one = (1,); let nested = (((one))); foo();; ;
  let call = map(|x,| { foo::<HashMap<K, V,>>(x) }).fold(|| { { y } }, move |a, b| match a { | A | B => { b } C{ c } => { c.collect::<HashMap<K, V>>() }, D => { return a } E if a=>{ a; }, F => if a { b } else { c } G => match a { _ => {} } H => |x, y| { x }, _ => unsafe { -1 } });
  let blocks = |x| { if aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa { bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb } else { c } };
  let wide = match x { Some(_) => aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccc), None => |z| { { z; } } };
  let text = "abc \
       def"; println!("{}", |x| { y },); println!("{}", a&&b, c||d, & &e); let s = S { a: a, b, }; let number = 0XAB + 1E5 + 1.;
  let Some(x) = y else { return };  while x { continue } loop { break } let f = |x| { return x }; for a in ((b)) { if a< -1 { return Err((1, 2).into()) } }
  assert!(match x { A => { b } _ => { c } }); let g = |a: u8| -> () { foo((a,)) }; foo(move || { x; y }); #[cfg(x)] x >>= 1; Ok(()) }
#[cfg(test)] mod tests { use super::*; }
struct Row { a: u8, b: (u8,), }
"#;

fn digest(code: &str) -> String {
    checksum(code.parse().unwrap())
}

#[track_caller]
fn assert_same(codes: [&str; 2]) {
    assert_eq!(digest(codes[0]), digest(codes[1]), "{codes:?}");
}

#[track_caller]
fn assert_differ(codes: [&str; 2]) {
    assert_ne!(digest(codes[0]), digest(codes[1]), "{codes:?}");
}

/// The digests in people's databases: when this test fails, either the change is wrong or the
/// prefix has to become `r2:`.
#[test]
fn the_digest_of_a_piece_of_code_never_changes() {
    let code = r##"
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.add_column("users", |t| t.string("email", 255))?;
            op.execute(r#"UPDATE "users" SET email = 'nobody@example.com' WHERE id > 0"#)?;
            match op.dialect() {
                Dialect::Sqlite | Dialect::Postgres => return Ok(()),
                _ => op.create_index("users", ["email"]).map(|_| ())?,
            }
            Ok(())
        }
    "##;
    assert_eq!(digest(code), "r1:34b736a510e496dffdbca4254620b234");
    assert_eq!(digest(NASTY), "r1:70a78a983274900c4d28d626cd50b77d");
}

#[test]
fn rustfmt_does_not_change_the_digest() {
    for style in ["2015", "2024"] {
        for width in [60, 100, 200] {
            let formatted = rustfmt(NASTY, style, width);
            assert_ne!(formatted, NASTY);
            assert_eq!(digest(&formatted), digest(NASTY), "style {style}, width {width}:\n{formatted}");
        }
    }
}

#[test]
fn every_token_that_means_something_counts() {
    let code = r#"
        const LENGTH: usize = 255;
        fn upgrade<'a>(op: &mut Operations<'a>) -> MigrationResult {
            let (a, b) = (1, -2.5);
            op.add_column("users", |t| t.string("email", LENGTH))?;
            match a { 1 | 2 => { op.execute("x")?; } _ if a && b >= 3 => return Ok(()), _ => {} }
            Ok(vec![a, b as u8].into_iter().map(|x| { x + 1 }).sum::<u8>())
        }
    "#;
    let stream: TokenStream = code.parse().unwrap();
    let leaves = leaves(&stream);
    let original = checksum(stream.clone());
    for at in 0..leaves {
        let changed = with_leaf_changed(stream.clone(), &mut { at });
        assert_ne!(checksum(changed.clone()), original, "{changed}");
    }
}

fn leaves(stream: &TokenStream) -> usize {
    let leaves = |token| match token {
        TokenTree::Group(group) => leaves(&group.stream()),
        _ => 1,
    };
    stream.clone().into_iter().map(leaves).sum()
}

/// The stream with its leaf number `countdown` made another of its kind.
fn with_leaf_changed(stream: TokenStream, countdown: &mut usize) -> TokenStream {
    let change = |token| match token {
        TokenTree::Group(group) => {
            let inner = with_leaf_changed(group.stream(), countdown);
            Group::new(group.delimiter(), inner).into()
        }
        leaf if *countdown == 0 => {
            *countdown = usize::MAX;
            another(&leaf)
        }
        leaf => {
            *countdown -= 1;
            leaf
        }
    };
    stream.into_iter().map(change).collect()
}

fn another(leaf: &TokenTree) -> TokenTree {
    match leaf {
        TokenTree::Ident(word) => Ident::new("another", word.span()).into(),
        TokenTree::Literal(_) => Literal::string("another").into(),
        _ => Punct::new('~', Spacing::Alone).into(),
    }
}

#[test]
fn helpers_and_constants_count() {
    assert_differ(["const N: u8 = 1;", "const N: u8 = 2;"]);
    assert_differ(["fn upgrade() {} fn helper() { a() }", "fn upgrade() {} fn helper() { b() }"]);
}

#[test]
fn comments_attributes_imports_and_tests_do_not_count() {
    assert_same(["/// Doc.\n#[inline] fn f() { /* c */ a() }", "fn f() { a() }"]);
    assert_same(["//! Inner.\n#![allow(x)] fn f() {}", "fn f() {}"]);
    assert_same(["use super::*; use a::{b, c}; fn f() {}", "fn f() { use d::e; }"]);
    assert_same(["fn f() {} #[cfg(test)] mod tests { fn g() {} }", "fn f() {}"]);
    assert_same(["#[cfg(test)] use a::{b}; #[cfg(test)] const A: u8 = 1; fn f() {}", "fn f() {}"]);
}

#[test]
fn literals_count_as_written() {
    assert_differ([r#"f("a")"#, r##"f(r#"a"#)"##]);
    assert_differ(["f(1)", "f(1u8)"]);
}

#[test]
fn braces_round_a_single_expression_do_not_count() {
    assert_same(["f(|x| { g(x) })", "f(|x| g(x))"]);
    assert_same(["match x { A => { b } _ => c }", "match x { A => b, _ => c, }"]);
    assert_same(["f(|x| { { g(x) } })", "f(|x| g(x))"]);
    assert_same(["f(|x| { return x; })", "f(|x| return x)"]);
}

#[test]
fn braces_that_mean_something_count() {
    assert_differ(["f(|x| { g(x); })", "f(|x| g(x))"]);
    assert_differ(["f(|x| { a + x }.b())", "f(|x| a + x.b())"]);
    assert_differ(["match x { A => { b; } }", "match x { A => b }"]);
    assert_differ(["match x { A => {} }", "match x { A => () }"]);
    assert_differ(["{ a } b", "a b"]);
}

#[test]
fn commas_count_where_they_separate_or_make_a_tuple() {
    assert_same(["f(a, b,)", "f(a, b)"]);
    assert_same(["f::<A, B,>()", "f::<A, B>()"]);
    assert_same(["fn f<T>() where T: A, { x }", "fn f<T>() where T: A { x }"]);
    assert_differ(["f(a, -b)", "f(a - b)"]);
    assert_differ(["let x = (a,);", "let x = (a);"]);
    assert_differ(["return (a,)", "return (a)"]);
    assert_differ(["f(a, { b })", "f(a { b })"]);
}

#[test]
fn fields_count_once() {
    assert_same(["Row { id: id, name: name(), }", "Row { id, name: name() }"]);
    assert_differ(["Row { id: id::X }", "Row { id::X }"]);
    assert_differ(["Row { id: other }", "Row { id }"]);
}

#[test]
fn signs_are_told_apart_whatever_the_spaces() {
    assert_same(["x=-1", "x = -1"]);
    assert_same(["Vec<Vec<u8> >", "Vec<Vec<u8>>"]);
    assert_same(["f(& &x)", "f(&&x)"]);
    assert_differ(["a & &b", "a && b"]);
}

#[test]
fn groups_that_a_macro_leaves_behind_do_not_count() {
    let inner: TokenStream = "a + b".parse().unwrap();
    let group = Group::new(proc_macro2::Delimiter::None, inner);
    assert_eq!(checksum(TokenTree::from(group).into()), digest("a + b"));
}
