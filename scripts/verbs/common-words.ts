/** What several verbs have in common: their targets, and where those come from. */
import type { Argument, Flag } from './verb.ts'

export const JSON_FLAG: Flag = { description: 'Print one JSON document on stdout instead of text' }
export const TARGETS: Argument = {
  name: 'TARGET',
  many: true,
  description: 'Names of targets in the configuration; all of them if none is given',
}
export const CONFIGURED: string =
  'Targets come from KEYFERRY_CONFIG (JSON, or the path of a JSON file), or one target from KEYFERRY_SECRET, ' +
  'AWS_ROLE_ARN and AWS_REGION.'
