/** What is known of a verb: all that parsing, help, completion and the reference page need. */

export interface Verb {
  /** One line, for the list of verbs. */
  readonly summary: string
  /** What a user must know beyond it: where input comes from, what is printed, what the exit code means. */
  readonly details: string
  readonly argument?: Argument
  readonly flags: Readonly<Record<string, Flag>>
  /** The document of `--json`. A field with a question mark may be absent. */
  readonly json?: string
  readonly examples: readonly Example[]
}

export interface Argument {
  readonly name: string
  /** Whether it can be given more than once. No argument is ever required. */
  readonly many: boolean
  readonly description: string
  /** All that it can be, where that is known. */
  readonly choices?: readonly string[]
  /** Whether it and all words after it are another command's: no flag of ours is looked for among them. */
  readonly rest?: true
}

export interface Flag {
  readonly description: string
  /** What stands for its value in help. A flag without one is a switch. */
  readonly value?: string
  /** All that its value can be, where that is known. A FILE is a file. */
  readonly choices?: readonly string[]
  /** Whether it can be given more than once. */
  readonly many?: boolean
}

export interface Example {
  readonly command: string
  readonly says: string
}
