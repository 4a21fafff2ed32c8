/** `keyferry/functions`: importing it registers the functions, and does nothing else. */
// oxlint-disable-next-line import/no-unassigned-import -- registering is all that it is for
import './refresh.ts'
