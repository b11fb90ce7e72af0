// Package s3 keeps the objects of an archive in a bucket of a server that speaks S3: s3://BUCKET/PREFIX. The key of an
// object there is PREFIX, a slash and its key here.
//
// # Environment
//
// The variables are those of AWS's own tools:
//
//	AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL     the server, http://host:9000; Amazon's if neither is set
//	AWS_REGION, AWS_DEFAULT_REGION            its region; us-east-1, or Amazon is asked
//	AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
//	AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE  ~/.aws/credentials, default
//
// Without keys, the credentials of the machine, the container or the service account are taken, as AWS gives them, and
// without those requests are not signed. HTTPS_PROXY and SSL_CERT_FILE are Go's.
//
// # What is promised
//
// A put is one request, or for large objects an upload of several parts that its last request makes visible; the SHA-256
// of the contents stands in the metadata and is compared by Get. Parts that killed programs left are removed after a day,
// by a program that uploads parts itself: until then they may be in use.
package s3
