// What Cloud Functions builds and starts: the functions `refresh` and `refreshOnEvent`, registered with the framework.
// oxlint-disable-next-line import/no-unassigned-import -- registering is all that it is for
import 'keyferry/functions'
