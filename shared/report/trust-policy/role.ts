/** The role that a trust policy is for, as the commands and templates around it name it. */

export interface TrustingRole {
  readonly name: string
  /** With its slashes at both ends, as IAM writes it; absent for a role at the root. */
  readonly path?: string
  /** Of partitions other than `aws`, with a region of theirs: IAM is another one there. */
  readonly elsewhere?: { readonly partition: string; readonly region?: string }
}
