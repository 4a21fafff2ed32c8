/** The environment of a child: what it is given, and without what AWS's SDKs would take before it. */

export interface ChildEnv {
  readonly env: NodeJS.ProcessEnv
  /** Names of the variables that the parent has and the child has not, or not with that value. */
  readonly hidden: readonly string[]
}

/**
 * Everything that names other credentials: keys come before any endpoint, a profile before both, and of two addresses or tokens
 * of an endpoint the SDKs prefer the one that is not ours.
 */
const CONFLICTING = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_CREDENTIAL_SCOPE',
  'AWS_ACCOUNT_ID',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
]

/** Only of use beside a token file. Without one AWS_ROLE_ARN is Keyferry's own configuration, and harms nobody. */
const OF_WEB_IDENTITY = ['AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME']

export function childEnv(parent: NodeJS.ProcessEnv, given: Readonly<Record<string, string>>): ChildEnv {
  const names = parent['AWS_WEB_IDENTITY_TOKEN_FILE'] ? [...CONFLICTING, ...OF_WEB_IDENTITY] : CONFLICTING
  const hidden = names.filter((name) => parent[name] !== undefined)
  const env = Object.fromEntries(Object.entries(parent).filter(([name]) => !names.includes(name)))
  return { env: { ...env, ...given }, hidden }
}
