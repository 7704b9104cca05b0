/** Where the API stands below the admin listener. */
export const apiPath = '/api/v1'
