/* Complex numbers cannot be encoded as floats. */
_Complex double number;
