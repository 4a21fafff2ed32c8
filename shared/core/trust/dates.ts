/**
 * The dates that IAM reads: the forms of https://www.w3.org/TR/NOTE-datetime (a time of day needs its zone), or seconds since the
 * epoch. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 */

const W3C = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/
const EPOCH_SECONDS = /^\d{5,15}$/

/** Milliseconds since the epoch; undefined where `text` is no date. */
export function instantOf(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1_000
  const instant = W3C.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instant) ? undefined : instant
}
