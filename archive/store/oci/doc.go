// Package oci keeps the objects of an archive in a repository of an OCI registry: oci://HOST/REPOSITORY, or
// oci+http://HOST/REPOSITORY for a registry without TLS, as one on this machine (localhost, 127.0.0.1) is taken to be.
//
// # How objects are kept
//
// An object is an artifact (OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage"): a manifest with the
// artifactType application/vnd.gopahole.object.v1, the empty configuration, one layer with the contents, and the key in
// the annotation org.gopahole.key. The layer's title is the last element of the key, so that `oras pull` makes a file of
// it. Manifests have no dates: the same object under the same key is the same manifest, byte by byte.
//
// The contents are a blob, under their SHA-256 as all blobs are. So a registry stores contents once, under however many
// keys they are, and gives out what an archive keeps by digest under that digest: /v2/REPOSITORY/blobs/sha256:DIGEST.
//
// The tag of the manifest is the key, with what tags cannot have written in another way: "/" as "__", "_" as "_u", other
// bytes as "_x" and two hexadecimal digits, and so is a dot or hyphen at the beginning. What would be longer than 128
// bytes is "_h" and the SHA-256 of the key. [Tag] does that. Tags of other forms, and other artifacts, are left alone.
//
// List asks for the tags, and for the manifest of each; List with a prefix only for those with the prefix.
//
// # What is promised
//
// The tag is what makes an object visible, and comes last. Blobs that a killed program put are unused until another one
// puts the same, and so are manifests that were replaced; the garbage collection of the registry removes them. Deleting
// has to be permitted by the registry, which often it is not.
//
// Tags cannot be put on a condition: of two updates of one key at the same time, one may be lost. In archives, only the
// layout of BTFHub has keys that two packages may want, of which then the later one gets it.
//
// # Credentials
//
// They are those of docker login, podman's and oras': $DOCKER_CONFIG/config.json or ~/.docker/config.json, with its
// credential helpers. HTTPS_PROXY and SSL_CERT_FILE are Go's.
package oci
