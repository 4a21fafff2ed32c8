/** STS's errors: code, status, text. */
import { Refusal } from '../../refusal.ts'

const STS_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  AccessDenied: [403, 'Access denied'],
  ExpiredToken: [403, 'The security token included in the request is expired'],
  ExpiredTokenException: [400, 'Token expired'],
  IDPCommunicationError: [
    400,
    'An error occurred while communicating with the identity provider. Please try again.',
  ],
  IDPRejectedClaim: [403, 'The identity provider rejected the claim.'],
  IncompleteSignature: [400, 'Authorization header requires Credential, SignedHeaders and Signature.'],
  InternalFailure: [500, 'The request processing has failed because of an unknown error.'],
  InvalidAction: [400, 'Could not find operation.'],
  InvalidClientTokenId: [403, 'The security token included in the request is invalid.'],
  InvalidIdentityToken: [
    400,
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  ],
  MalformedPolicyDocument: [400, 'This policy contains invalid Json'],
  MissingAuthenticationToken: [403, 'Request is missing Authentication Token'],
  PackedPolicyTooLarge: [
    400,
    'Packed policy consumes more than 100% of allotted space, please use smaller policy.',
  ],
  RegionDisabledException: [
    403,
    'STS is not activated in this region for account. Your account administrator can activate STS in this region using the IAM Console.',
  ],
  ServiceUnavailable: [503, 'The request has failed due to a temporary failure of the server.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ],
  Throttling: [400, 'Rate exceeded'],
  ValidationError: [400, 'The request is not valid.'],
}

/** A refusal of STS, in its usual words unless others are given. */
export function stsRefusal(code: string, message?: string): Refusal {
  const [status, usual] = STS_ERRORS[code] ?? [400, code]
  return new Refusal(code, status, message ?? usual)
}

/** The refusal that a `status` fault asks for: a code of STS, or an HTTP status. */
export function stsFault(fault: { status?: number; code?: string; message?: string }): Refusal {
  const code = fault.code ?? (fault.status === 500 ? 'InternalFailure' : 'ServiceUnavailable')
  const usual = stsRefusal(code, fault.message)
  return new Refusal(code, fault.status ?? usual.status, usual.message)
}
