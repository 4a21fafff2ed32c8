/** What is in a credential file: read within bounds, and never quoted in what is said of it. */
import { createReadStream } from 'node:fs'
import { KeyferryError } from '../core/errors.ts'
import { withoutDetails } from '../core/redaction.ts'
import { objectIn } from './token-errors.ts'

/** The fields of a credential file, and how to complain of them. */
export interface CredentialFields {
  readonly path: string
  readonly fields: Readonly<Record<string, unknown>>
  /** The text in a field; throws CONFIG_INVALID where there is none. */
  text(field: string): string
  unusable(problem: string, fix: string): KeyferryError
}

/** What mends a file that a tool made wrong, or somebody spoiled. */
export const REMAKE = 'Make the file anew, by the tool that it came from.'
const LOGIN = 'run gcloud auth application-default login'
const FILE_BYTES_MAX = 65_536

/** Rejects with CONFIG_INVALID for a file that is missing, cannot be read, or is none of Google's. */
export async function readCredentials(
  path: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CredentialFields> {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'] === path
  const json = await contentOf(path, named)
  const fields = objectIn(json)
  if (!fields) {
    throw unusable(
      path,
      'is not the JSON of a Google credential file',
      `Make it anew, or ${named ? 'name another one in GOOGLE_APPLICATION_CREDENTIALS' : LOGIN}.`,
    )
  }
  return credentialFields(path, fields)
}

/** The same for credentials within a file. */
export function credentialFields(path: string, fields: Readonly<Record<string, unknown>>): CredentialFields {
  return {
    path,
    fields,
    text(field) {
      const value = fields[field]
      if (typeof value === 'string' && value !== '') return value
      throw unusable(path, `has no text in its field "${field}"`, REMAKE)
    },
    unusable: (problem, fix) => unusable(path, problem, fix),
  }
}

async function contentOf(path: string, named: boolean): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(path, { end: FILE_BYTES_MAX })) chunks.push(chunk as Buffer)
  } catch (error) {
    const { code } = withoutDetails(error) as { code?: unknown }
    const origin = named ? ', which GOOGLE_APPLICATION_CREDENTIALS names,' : ''
    const fix = named
      ? "Correct the variable, or unset it to use this runtime's own identity."
      : `Give this user the right to read it, or ${LOGIN}.`
    throw new KeyferryError(
      'CONFIG_INVALID',
      `The credential file ${path}${origin} cannot be read (${String(code ?? 'unknown')}). ${fix}`,
      { cause: withoutDetails(error), resource: path },
    )
  }
  const content = Buffer.concat(chunks)
  if (content.length > FILE_BYTES_MAX)
    throw unusable(
      path,
      `has more than ${FILE_BYTES_MAX} bytes`,
      'No credential file of Google is that large.',
    )
  return content.toString()
}

function unusable(path: string, problem: string, fix: string): KeyferryError {
  return new KeyferryError('CONFIG_INVALID', `The credential file ${path} ${problem}. ${fix}`, {
    resource: path,
  })
}
