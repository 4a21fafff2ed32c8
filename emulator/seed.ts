/** The world that an emulator has when nobody describes another: the story of the README. */
import { tightTrustPolicy } from '../shared/core/trust.ts'
import type { EmulatorSeed } from './options.ts'

const PROJECT = 'keyferry-demo'
const BROKER = { email: `broker@${PROJECT}.iam.gserviceaccount.com`, uniqueId: '117530498172635541201' }
const APP = { email: `app@${PROJECT}.iam.gserviceaccount.com`, uniqueId: '104917288031174460352' }

/** A broker that writes a secret, an application that reads it, and the role and bucket that it is for. */
export function defaultSeed(): EmulatorSeed {
  return {
    projects: [{ id: PROJECT, number: '402718365519' }],
    serviceAccounts: [
      { ...BROKER, projectId: PROJECT },
      // So that impersonation can be tried, too.
      { ...APP, projectId: PROJECT, tokenCreators: [`serviceAccount:${BROKER.email}`] },
    ],
    defaultServiceAccount: BROKER.email,
    secrets: [
      {
        name: `projects/${PROJECT}/secrets/aws-app`,
        iam: {
          'roles/secretmanager.secretAccessor': [
            `serviceAccount:${BROKER.email}`,
            `serviceAccount:${APP.email}`,
          ],
          'roles/secretmanager.secretVersionManager': [`serviceAccount:${BROKER.email}`],
        },
      },
    ],
    roles: [
      {
        arn: 'arn:aws:iam::123456789012:role/keyferry-demo',
        trustPolicy: tightTrustPolicy([BROKER, APP], { audience: 'sts.amazonaws.com' }),
      },
    ],
    buckets: [
      {
        name: 'keyferry-demo-bucket',
        objects: {
          'hello.txt': 'Hello from the other cloud.\n',
          'reports/2026-10.csv': 'day,requests\n2026-10-01,1000\n',
          'reports/2026-11.csv': 'day,requests\n2026-11-01,1200\n',
        },
      },
    ],
    region: 'eu-central-1',
  }
}
