/** Which function makes which check: all of the catalogue's, and no other. */
import type { MachineCheckId, TargetCheckId } from './catalogue.ts'
import type { Finding } from './check.ts'
import type { MachineFacts, TargetFacts } from './facts.ts'
import { clock as clockCheck } from './clock-check.ts'
import { endpoint, region } from './endpoint-checks.ts'
import { duration, exchange } from './exchange-checks.ts'
import { accessToken, idToken, identity } from './identity-checks.ts'
import {
  awsVariables,
  configuration,
  debugVariables,
  networkVariables,
  nodeVersion,
  packages,
} from './machine-checks.ts'
import { schedule } from './schedule-check.ts'
import {
  secretContended,
  secretFresh,
  secretGenuine,
  secretLatest,
  secretPayload,
  secretStopped,
} from './secret-content-checks.ts'
import { secretAdders } from './secret-adders-check.ts'
import {
  perimeter,
  secretAccess,
  secretAdd,
  secretDestroy,
  secretExists,
  secretList,
  secretManager,
} from './secret-permission-checks.ts'
import {
  secretCost,
  secretDestroyDelay,
  secretEncryption,
  secretExpiration,
  secretRotation,
} from './secret-setting-checks.ts'
import { trustLint, trustPolicy } from './trust-checks.ts'

export const OF_MACHINE: Readonly<Record<MachineCheckId, (facts: MachineFacts) => Finding>> = {
  'node-version': nodeVersion,
  configuration,
  clock: clockCheck,
  'network-variables': networkVariables,
  packages,
  'aws-variables': awsVariables,
  'debug-variables': debugVariables,
}

export const OF_TARGET: Readonly<Record<TargetCheckId, (facts: TargetFacts) => Finding>> = {
  identity,
  'access-token': accessToken,
  region,
  endpoint,
  'id-token': idToken,
  'trust-policy': trustPolicy,
  'trust-lint': trustLint,
  duration,
  exchange,
  perimeter,
  'secret-manager': secretManager,
  'secret-exists': secretExists,
  'secret-access': secretAccess,
  'secret-add': secretAdd,
  'secret-list': secretList,
  'secret-destroy': secretDestroy,
  'secret-adders': secretAdders,
  'secret-stopped': secretStopped,
  'secret-payload': secretPayload,
  'secret-contended': secretContended,
  'secret-fresh': secretFresh,
  'secret-genuine': secretGenuine,
  'secret-latest': secretLatest,
  'secret-cost': secretCost,
  'secret-destroy-delay': secretDestroyDelay,
  'secret-encryption': secretEncryption,
  'secret-expiration': secretExpiration,
  'secret-rotation': secretRotation,
  schedule,
}
