/** The patterns and bounds that the clouds put on our inputs: used by the client and by the configuration alike. */

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

/** STS refuses other durations; above one hour the role's MaxSessionDuration must allow it. */
export const DURATION_SECONDS: { readonly min: 900; readonly max: 43_200; readonly default: 3_600 } = {
  min: 900,
  max: 43_200,
  default: 3_600,
}

/** A role assumed with another role's credentials lives one hour at most, whatever the role allows. */
export const CHAINED_DURATION_SECONDS_MAX = 3_600

/** How often the schedule fires. */
export const EVERY_SECONDS: { readonly min: 1; readonly max: 43_200; readonly default: 300 } = {
  min: 1,
  max: 43_200,
  default: 300,
}
/** The youngest age at which credentials may be replaced: a younger one would only cost versions. */
export const REFRESH_AFTER_SECONDS_MIN = 60

export const TARGET_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
export const ACCOUNT_ID: RegExp = /^\d{12}$/
export const ROLE_ARN: RegExp = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/((?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64})$/
export const POLICY_ARN: RegExp = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\x21-\x7e]+$/
export const SESSION_NAME: RegExp = /^[A-Za-z0-9_+=,.@-]{2,64}$/
export const AWS_REGION: RegExp = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/
export const AUDIENCE: RegExp = /^[\x21-\x7e]{1,1000}$/
export const SERVICE_ACCOUNT: RegExp = /^[a-z0-9.-]+@[a-z0-9.-]+$/i
export const EXTERNAL_ID: RegExp = /^[\w+=,.@:/-]{2,1224}$/
export const SECRET_NAME: RegExp =
  /^projects\/([a-z0-9.:-]+)(?:\/locations\/([a-z0-9-]+))?\/secrets\/([A-Za-z0-9_-]{1,255})$/
/** Session policy, with the managed policies' ARNs: 2,048 characters together, before AWS packs them. */
export const POLICY_LENGTH_MAX = 2_048
export const POLICY_ARNS_MAX = 10
/** Secret Manager's bound on a payload, in bytes. */
export const PAYLOAD_BYTES_MAX = 65_536
/** Host names, as `URL` gives them, that cannot leave this machine. */
export const LOOPBACK_HOST: RegExp = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
