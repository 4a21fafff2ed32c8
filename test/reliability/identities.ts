/** The Google identities that the matrix is run with, beside that of the metadata server: where each is found, and whom it speaks for. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultSeed, type EmulatorSeed } from '../../emulator/index.ts'
import { APP, BROKER, type World } from '../emulator/world.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { PLANTED } from './faults.ts'

/**
 * `key file`: a service account's key. `impersonated`: the metadata server's, acting as another account for the exchange only.
 * `impersonating login`: a person's login with gcloud that acts as a service account in everything.
 */
export type IdentityName = 'key file' | 'impersonated' | 'impersonating login'

const PERSON = { email: 'person@example.com', refreshToken: `1//${PLANTED}-refresh-token` }

/** Who may have to read or write the secret, as IAM names them. */
export const MEMBERS: readonly string[] = [`serviceAccount:${BROKER}`, `serviceAccount:${APP}`]

/** The story's world, in which that person may act as the application's account, too. */
export function seedOfIdentities(): EmulatorSeed {
  const { serviceAccounts = [], ...rest } = defaultSeed()
  return {
    ...rest,
    users: [PERSON],
    serviceAccounts: serviceAccounts.map((account) => ({
      ...account,
      ...(account.email === APP && {
        tokenCreators: [`serviceAccount:${BROKER}`, `user:${PERSON.email}`],
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
  const path = join(temporaryDirectory(), 'credentials.json')
  writeFileSync(path, JSON.stringify(identity === 'key file' ? await emulator.keyFileFor(BROKER) : LOGIN))
  return { GOOGLE_APPLICATION_CREDENTIALS: path }
}

/** The account that the exchange is to act as, where that is not said by a file. */
export function actingAs(identity: IdentityName | undefined): { readonly serviceAccount?: string } {
  return identity === 'impersonated' ? { serviceAccount: APP } : {}
}

/** As `gcloud auth application-default login --impersonate-service-account` writes it. */
const LOGIN = {
  type: 'impersonated_service_account',
  service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${APP}:generateAccessToken`,
  delegates: [],
  source_credentials: {
    type: 'authorized_user',
    client_id: 'client.apps.googleusercontent.com',
    client_secret: `${PLANTED}-client-secret`,
    refresh_token: PERSON.refreshToken,
  },
}
