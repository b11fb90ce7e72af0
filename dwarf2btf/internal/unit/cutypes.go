package unit

// cuTypes answers questions on the types and functions of a CU that are complete: what they
// lead to, how large they are, and how they are laid out.
type cuTypes struct {
	s  *File
	cu *CU // under construction
}
