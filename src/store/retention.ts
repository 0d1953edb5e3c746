/**
 * Seconds for which decisions are kept, and tasks in the failed set with all that they need when they are tried again.
 */
export const retentionSeconds = 30 * 86_400
