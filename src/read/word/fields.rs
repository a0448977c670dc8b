//! The fields that are open at a point of a document of Word: their results are text, their instructions are not seen.

/// Fields in fields that are followed.
const MOST: usize = 4096;

/// An open field.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// Still in the instruction.
    instruction: bool,
    /// A table of contents.
    contents: bool,
}

/// The open fields, the outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    open: Vec<Field>,
    /// How many of them are in their instruction.
    instructions: u32,
}

impl Fields {
    /// A field begins with its instruction; false where too many are open.
    pub fn begin(&mut self) -> bool {
        let follows = self.open.len() < MOST;
        if follows {
            self.open.push(Field {
                instruction: true,
                contents: false,
            });
            self.instructions += 1;
        }
        follows
    }

    /// The instruction of the innermost field ends, and its result begins; false where it is in its result already.
    pub fn separate(&mut self) -> bool {
        let field = self.open.last_mut().filter(|f| f.instruction);
        let ends = field.map(|f| f.instruction = false).is_some();
        self.instructions -= u32::from(ends);
        ends
    }

    /// The innermost field ends; whether it did so in its instruction.
    pub fn end(&mut self) -> bool {
        let unseparated = self.open.pop().is_some_and(|f| f.instruction);
        self.instructions -= u32::from(unseparated);
        unseparated
    }

    /// The innermost field is what its instruction says: a table of contents where it begins with TOC.
    pub fn instructed(&mut self, instruction: &str) {
        if let Some(field) = self.open.last_mut()
            && instruction.trim_start().starts_with("TOC")
        {
            field.contents = true;
        }
    }

    /// Whether what stands here is an instruction.
    pub fn hide(&self) -> bool {
        self.instructions > 0
    }

    /// Whether what stands here is in a table of contents. A field without a result by the end of its paragraph would
    /// hide the rest of the document: it is given up.
    pub fn end_paragraph(&mut self) -> bool {
        let contents = self.open.iter().any(|f| f.contents);
        if self.hide() {
            self.open.retain(|f| !f.instruction);
            self.instructions = 0;
        }
        contents
    }
}
