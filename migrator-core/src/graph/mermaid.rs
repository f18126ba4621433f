//! The graph as Mermaid text, for documents.

use std::fmt::Write as _;

use super::{Graph, Node};

impl Graph {
    /// The graph as a Mermaid flowchart: an arrow from each revision to those that follow it, a dotted one to those that
    /// depend on it.
    ///
    /// ```text
    /// flowchart TD
    ///     r0["1 create users"]
    ///     r1["2"]
    ///     r0 --> r1
    /// ```
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        for &at in &self.order {
            let _ = writeln!(text, "    r{at}[\"{}\"]", quoted(&self.nodes[at]));
        }
        for &at in &self.order {
            self.links[at].parents.iter().for_each(|below| arrow(&mut text, *below, "-->", at));
            self.links[at].dependencies.iter().for_each(|below| arrow(&mut text, *below, "-.->", at));
        }
        text
    }
}

fn arrow(text: &mut String, below: usize, arrow: &str, above: usize) {
    let _ = writeln!(text, "    r{below} {arrow} r{above}");
}

/// Mermaid reads `#name;` and `#number;` inside quotes as a letter, so what could end or change the text is written so.
fn quoted(node: &Node) -> String {
    let labels = node.labels.iter().map(|label| format!(" ({label})"));
    let description = node.description.iter().map(|description| format!(" {description}"));
    let said: String = [node.revision.to_string()].into_iter().chain(labels).chain(description).collect();
    said.chars().fold(String::new(), |mut quoted, letter| {
        match letter {
            '"' | '#' | '<' | '>' | '&' | ';' | '`' | '\\' => drop(write!(quoted, "#{};", u32::from(letter))),
            '\n' | '\r' => quoted.push(' '),
            plain => quoted.push(plain),
        }
        quoted
    })
}
