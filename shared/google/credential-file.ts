/** A credential file of Google's: recognised, and turned into the source of tokens that it describes. */
import { createPrivateKey } from 'node:crypto'
import { SERVICE_ACCOUNT } from '../core/limits.ts'
import type { GoogleIdentityOptions, GoogleTokenSource } from '../core/ports.ts'
import { credentialFields, readCredentials, REMAKE, type CredentialFields } from './credential-fields.ts'
import { GOOGLE_STS_URL } from './endpoints.ts'
import { asObject } from './token-errors.ts'

export interface FileSource {
  readonly source: GoogleTokenSource
  /** Whom the file says to impersonate with it. */
  readonly actsAs?: { readonly email: string; readonly delegates: readonly string[] }
}

/**
 * Rejects with CONFIG_INVALID for a file that is missing, cannot be read, or is none of Google's. After a failure the file is
 * read again: the key in it may have been replaced since.
 */
export async function fileSource(path: string, options: GoogleIdentityOptions): Promise<FileSource> {
  const read = async (): Promise<FileSource> => sourceIn(await readCredentials(path, options.env), options)
  const { source, ...rest } = await read()
  return { source: rereading(source, async () => (await read()).source), ...rest }
}

function rereading(first: GoogleTokenSource, read: () => Promise<GoogleTokenSource>): GoogleTokenSource {
  let source: GoogleTokenSource | undefined = first
  const asked = async <T>(ask: (source: GoogleTokenSource) => Promise<T>): Promise<T> => {
    source ??= await read()
    return ask(source).catch((error: unknown) => {
      source = undefined
      throw error
    })
  }
  return {
    ...first,
    idToken: (audience) => asked((current) => current.idToken(audience)),
    accessToken: () => asked((current) => current.accessToken()),
    email: () => asked((current) => current.email()),
  }
}

async function sourceIn(file: CredentialFields, options: GoogleIdentityOptions): Promise<FileSource> {
  const { fields, path } = file
  if (fields['universe_domain'] !== undefined && fields['universe_domain'] !== 'googleapis.com')
    throw file.unusable(
      'belongs to a cloud of Google technology that is not Google Cloud',
      'AWS trusts accounts.google.com alone: use an account of Google Cloud.',
    )
  switch (fields['type']) {
    case 'service_account': {
      const { keyFileSource } = await import('./key-file.ts')
      return { source: keyFileSource({ path, email: emailIn(file), privateKey: keyIn(file) }, options) }
    }
    case 'authorized_user': {
      const { userSource } = await import('./user-login.ts')
      const login = {
        clientId: file.text('client_id'),
        clientSecret: file.text('client_secret'),
        refreshToken: file.text('refresh_token'),
        quotaProject: quotaProjectIn(file, options.env),
      }
      return { source: userSource({ path, ...login }, options) }
    }
    case 'external_account': {
      const { federatedSource } = await import('./federation.ts')
      return {
        source: federatedSource(
          { path, audience: file.text('audience'), fields: federationIn(file) },
          options,
        ),
        ...(fields['service_account_impersonation_url'] !== undefined && {
          actsAs: { email: accountIn(file), delegates: [] },
        }),
      }
    }
    case 'impersonated_service_account': {
      const actsAs = { email: accountIn(file), delegates: delegatesIn(file) }
      const inner = asObject(fields['source_credentials'])
      if (!inner || inner['type'] === 'impersonated_service_account')
        throw file.unusable('has no "source_credentials" that can be used', REMAKE)
      const { source, actsAs: first } = await sourceIn(credentialFields(path, inner), options)
      // A federated identity that acts as one account to act as another: that account is a delegate.
      return {
        source,
        actsAs: first ? { ...actsAs, delegates: [first.email, ...actsAs.delegates] } : actsAs,
      }
    }
    default:
      throw file.unusable(
        'has a "type" that is none of service_account, impersonated_service_account, external_account and authorized_user',
        'Name a credential file of Google Cloud in GOOGLE_APPLICATION_CREDENTIALS.',
      )
  }
}

// Gcloud's own program would be charged otherwise, which Google refuses for most of its services.
function quotaProjectIn(file: CredentialFields, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const project = env['GOOGLE_CLOUD_QUOTA_PROJECT'] || file.fields['quota_project_id']
  if (project === undefined) return undefined
  if (typeof project === 'string' && /^[a-z0-9.:-]+$/.test(project)) return project
  throw file.unusable(
    'has no name of a project in "quota_project_id", nor has GOOGLE_CLOUD_QUOTA_PROJECT',
    'Set it: gcloud auth application-default set-quota-project PROJECT',
  )
}

function emailIn(file: CredentialFields): string {
  const email = file.text('client_email')
  if (SERVICE_ACCOUNT.test(email)) return email
  throw file.unusable('has no e-mail of a service account in "client_email"', REMAKE)
}

function keyIn(file: CredentialFields): string {
  const key = file.text('private_key')
  try {
    createPrivateKey(key)
    return key
  } catch {
    throw file.unusable('has no private key in "private_key" that can be read', REMAKE)
  }
}

// A token of another identity provider is sent to Google alone.
function federationIn(file: CredentialFields): Readonly<Record<string, unknown>> {
  const { token_url: url, credential_source: source } = file.fields
  if (url !== undefined && url !== GOOGLE_STS_URL)
    throw file.unusable(`has a "token_url" other than ${GOOGLE_STS_URL}`, REMAKE)
  if (!asObject(source)) throw file.unusable('has no "credential_source"', REMAKE)
  if (asObject(source)?.['certificate'] !== undefined)
    throw file.unusable(
      'presents a certificate, which Keyferry cannot',
      'Use a source of the kind file, url, executable or AWS.',
    )
  if (asObject(source)?.['executable'] !== undefined && process.env[ALLOW_EXECUTABLES] !== '1')
    throw file.unusable(
      'names a program to run',
      `If you know that program, allow it: ${ALLOW_EXECUTABLES}=1`,
    )
  file.text('subject_token_type')
  return file.fields
}

// Only the account is taken from the address: an access token is not sent where a file says.
function accountIn(file: CredentialFields): string {
  const url = file.text('service_account_impersonation_url')
  const [, email = ''] = /\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url) ?? []
  if (SERVICE_ACCOUNT.test(email)) return email
  throw file.unusable('names no service account in "service_account_impersonation_url"', REMAKE)
}

function delegatesIn(file: CredentialFields): string[] {
  const { delegates = [] } = file.fields
  const emails = Array.isArray(delegates) ? delegates.map((each) => String(each).replace(/^.*\//, '')) : ['']
  if (emails.every((email) => SERVICE_ACCOUNT.test(email))) return emails
  throw file.unusable('has "delegates" that are not e-mails of service accounts', REMAKE)
}

/** Read by Google's library, of the process. */
const ALLOW_EXECUTABLES = 'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES'
