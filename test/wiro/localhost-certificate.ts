/**
 * A certificate that `localhost` gave itself, from 2020 to 2120, for tests of what is encrypted. Nobody
 * trusts it who is not told to, and its key is no secret.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBXzCCAQSgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMHdL8WGaAlHI+L0
0SLmnqUaBydAvVbBElD3D0wU0nNZ1p0FBGshfofC/92j+Im6TuDTGGptp+v4hP1X
1RriEuSjRTBDMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAMBgNVHRMBAf8EAjAAMB0G
A1UdDgQWBBSg9h9P7B5r5aIm1L60KFxvn+pibzAKBggqhkjOPQQDAgNJADBGAiEA
mBbnaJcOvPDZnh68mBzwOAfvPsDadvNf84DdGpL1E7YCIQCPCvGT6ctxz2Hgwhhh
R005JgCN2I9a/HKuBoOIq5Eqtw==
-----END CERTIFICATE-----`;

export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYTqMkAqbXrnCse9z
wKYrZRCprRA9OtPr3/NRE/FepJWhRANCAATB3S/FhmgJRyPi9NEi5p6lGgcnQL1W
wRJQ9w9MFNJzWdadBQRrIX6Hwv/do/iJuk7g0xhqbafr+IT9V9Ua4hLk
-----END PRIVATE KEY-----`;
