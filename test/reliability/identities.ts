/** The Google identities that the matrix is run with, beside that of the metadata server: where each is found, and whom it speaks for. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultSeed, type EmulatorSeed } from '../../emulator/index.ts'
import { APP, BROKER, type World } from '../emulator/world.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { PLANTED } from './faults.ts'

/**
 * `key file`: a service account's key. `impersonated`: the metadata server's, acting as another account for the exchange only.
 * `impersonating login`: a person's login with gcloud that acts as a service account in everything. `federated`: a token of
 * another identity provider, in a file, that does so.
 */
export type IdentityName = 'key file' | 'impersonated' | 'impersonating login' | 'federated'

const POOL = '//iam.googleapis.com/projects/402718365519/locations/global/workloadIdentityPools/elsewhere'
const FEDERATED = {
  audience: `${POOL}/providers/ci`,
  subjectToken: `${PLANTED}-subject-token`,
  principal: `principal:${POOL}/subject/job`,
}
const PERSON = { email: 'person@example.com', refreshToken: `1//${PLANTED}-refresh-token` }

/** Who may have to read or write the secret, as IAM names them. */
export const MEMBERS: readonly string[] = [`serviceAccount:${BROKER}`, `serviceAccount:${APP}`]

/** The story's world, in which that person and that job may act as the application's account, too. */
export function seedOfIdentities(): EmulatorSeed {
  const { serviceAccounts = [], ...rest } = defaultSeed()
  return {
    ...rest,
    users: [PERSON],
    federated: [FEDERATED],
    serviceAccounts: serviceAccounts.map((account) => ({
      ...account,
      ...(account.email === APP && {
        tokenCreators: [`serviceAccount:${BROKER}`, `user:${PERSON.email}`, FEDERATED.principal],
      }),
    })),
  }
}

/** What leads a process to it, until the test ends. */
export async function identityEnv(
  { emulator }: World,
  identity: IdentityName | undefined,
): Promise<Record<string, string>> {
  if (identity === undefined || identity === 'impersonated') return {}
  const directory = temporaryDirectory()
  const path = join(directory, 'credentials.json')
  const subject = join(directory, 'subject')
  writeFileSync(subject, FEDERATED.subjectToken)
  const contents = {
    'key file': await emulator.keyFileFor(BROKER),
    'impersonating login': LOGIN,
    federated: { ...FEDERATION, credential_source: { file: subject } },
  }
  writeFileSync(path, JSON.stringify(contents[identity]))
  return { GOOGLE_APPLICATION_CREDENTIALS: path }
}

/** The account that the exchange is to act as, where that is not said by a file. */
export function actingAs(identity: IdentityName | undefined): { readonly serviceAccount?: string } {
  return identity === 'impersonated' ? { serviceAccount: APP } : {}
}

const AS_APP = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${APP}:generateAccessToken`

/** As `gcloud auth application-default login --impersonate-service-account` writes it. */
const LOGIN = {
  type: 'impersonated_service_account',
  service_account_impersonation_url: AS_APP,
  delegates: [],
  source_credentials: {
    type: 'authorized_user',
    client_id: 'client.apps.googleusercontent.com',
    client_secret: `${PLANTED}-client-secret`,
    refresh_token: PERSON.refreshToken,
  },
}

/** As `gcloud iam workload-identity-pools create-cred-config` writes it. */
const FEDERATION = {
  type: 'external_account',
  audience: FEDERATED.audience,
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  service_account_impersonation_url: AS_APP,
}
