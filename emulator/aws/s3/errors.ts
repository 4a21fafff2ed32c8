/** S3's errors: its codes for the same troubles differ from those of STS. */
import { Refusal } from '../../refusal.ts'
import type { SignatureProblem } from '../signature.ts'

const S3_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header that you provided is not valid.'],
  BucketAlreadyOwnedByYou: [
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
  ],
  ExpiredToken: [400, 'The provided token has expired.'],
  IncompleteBody: [400, 'The request body terminated unexpectedly'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  ServiceUnavailable: [503, 'Please reduce your request rate.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  SlowDown: [503, 'Please reduce your request rate.'],
  XAmzContentSHA256Mismatch: [
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
}

export const SIGNATURE_PROBLEMS: Readonly<Record<SignatureProblem, string>> = {
  missing: 'AccessDenied',
  incomplete: 'AuthorizationHeaderMalformed',
  'unknown key': 'InvalidAccessKeyId',
  'wrong token': 'InvalidToken',
  expired: 'ExpiredToken',
  'other time': 'RequestTimeTooSkewed',
  'other body': 'XAmzContentSHA256Mismatch',
  mismatch: 'SignatureDoesNotMatch',
}

export function s3Refusal(code: string, message?: string): Refusal {
  const [status, usual] = S3_ERRORS[code] ?? [400, code]
  return new Refusal(code, status, message ?? usual)
}

/** The refusal that a `status` fault asks for: a code of S3, or an HTTP status. */
export function s3Fault(fault: { status?: number; code?: string; message?: string }): Refusal {
  const code = fault.code ?? (fault.status === 503 ? 'ServiceUnavailable' : 'InternalError')
  const usual = s3Refusal(code, fault.message)
  return new Refusal(code, fault.status ?? usual.status, usual.message)
}
