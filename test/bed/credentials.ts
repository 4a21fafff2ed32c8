/** Credentials that can be told apart, and recognised wherever they should not be. */
import type { ExchangeOptions } from '../../shared/core/exchange.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'

export const ACCOUNT = '123456789012'
export const EXCHANGE: ExchangeOptions = {
  roleArn: `arn:aws:iam::${ACCOUNT}:role/team/app`,
  region: 'eu-central-1',
}

export function keyOf(serial: number): string {
  return `ASIA${String(serial).padStart(16, '0')}`
}

/** Credentials number `serial` that expire at `expiresAt`, in milliseconds since the epoch. */
export function credentialsOf(serial: number, expiresAt: number): SessionCredentials {
  return {
    accessKeyId: keyOf(serial),
    secretAccessKey: `PLANTED-secret-${serial}`,
    sessionToken: `PLANTED-token-${serial}`,
    expiration: new Date(expiresAt),
    accountId: ACCOUNT,
  }
}
