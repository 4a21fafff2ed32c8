/** The exchange that the environment describes: the same variables as the writing side's, without what reads its file. */
import { DURATION_SECONDS } from '../../shared/core/limits.ts'
import type { ExchangeOptions } from '../../shared/core/exchange.ts'

/** `undefined` without AWS_ROLE_ARN. What it gives is yet to be checked. */
export function exchangeFrom(env: NodeJS.ProcessEnv): ExchangeOptions | undefined {
  const { AWS_ROLE_ARN: roleArn, AWS_REGION: region, KEYFERRY_AUDIENCE: audience } = env
  if (!roleArn) return undefined
  return {
    roleArn,
    ...(region && { region }),
    ...(audience && { audience }),
    ...(env['KEYFERRY_SERVICE_ACCOUNT'] && { serviceAccount: env['KEYFERRY_SERVICE_ACCOUNT'] }),
    durationSeconds: Number(env['KEYFERRY_DURATION_SECONDS'] || DURATION_SECONDS.default),
  }
}
