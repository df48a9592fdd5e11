"""The messages of Caffe's model files that this program reads and writes.

Only the fields needed are named; every other field of a file is skipped. Field numbers, types and defaults are facts of
the format, as published in BVLC Caffe's ``src/caffe/proto/caffe.proto``; numbers above 1000 are ours, for
fields that only forks of Caffe have and that are read from text alone. The message classes are built from the table
below at first use, so no generated file ties the program to one release of protobuf.

``data`` and ``double_data`` of a blob are packed numbers on the wire, which is the same as ``bytes``; declared so, they
are read without a Python object for each number.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# message: field=number type, ...     * repeated, + repeated and packed, [x] default
_MESSAGES = """
BlobShape: dim=1 int64+
BlobProto: num=1 int64, channels=2 int64, height=3 int64, width=4 int64, data=5 bytes*, shape=7 BlobShape,
    double_data=8 bytes*, raw_data_type=10 RawType, raw_data=12 bytes
NetState: phase=1 Phase, level=2 int32, stage=3 string*
NetStateRule: phase=1 Phase, min_level=2 int32, max_level=3 int32, stage=4 string*, not_stage=5 string*
NetParameter: name=1 string, layers=2 V1LayerParameter*, input=3 string*, input_dim=4 int64*, input_shape=8 BlobShape*,
    state=6 NetState, layer=100 LayerParameter*
LayerParameter: name=1 string, type=2 string, bottom=3 string*, top=4 string*, blobs=7 BlobProto*,
    include=8 NetStateRule*, exclude=9 NetStateRule*, transform_param=100 TransformationParameter,
    concat_param=104 ConcatParameter,
    convolution_param=106 ConvolutionParameter, data_param=107 DataParameter,
    dummy_data_param=109 DummyDataParameter, eltwise_param=110 EltwiseParameter, exp_param=111 ExpParameter,
    image_data_param=115 DataParameter, inner_product_param=117 InnerProductParameter, lrn_param=118 LRNParameter,
    memory_data_param=119 MemoryDataParameter, mvn_param=120 MVNParameter, pooling_param=121 PoolingParameter,
    power_param=122 PowerParameter, relu_param=123 ReLUParameter, softmax_param=125 SoftmaxParameter,
    slice_param=126 SliceParameter, window_data_param=129 DataParameter, spp_param=132 SPPParameter,
    reshape_param=133 ReshapeParameter,
    log_param=134 LogParameter,
    flatten_param=135 FlattenParameter, reduction_param=136 ReductionParameter, tile_param=138 TileParameter,
    batch_norm_param=139 BatchNormParameter, elu_param=140 ELUParameter,
    bias_param=141 BiasParameter, scale_param=142 ScaleParameter, input_param=143 InputParameter,
    crop_param=144 CropParameter, parameter_param=145 ParameterParameter, swish_param=147 SwishParameter,
    clip_param=148 ClipParameter, bn_param=1001 BNParameter, interp_param=1002 InterpParameter,
    permute_param=1003 PermuteParameter, norm_param=1004 NormalizeParameter,
    shuffle_channel_param=1005 ShuffleChannelParameter, upsample_param=1006 UpsampleParameter,
    relu6_param=1007 ReLUParameter
V1LayerParameter: layer=1 V0LayerParameter, bottom=2 string*, top=3 string*, name=4 string, type=5 LayerType,
    blobs=6 BlobProto*,
    concat_param=9 ConcatParameter, convolution_param=10 ConvolutionParameter,
    inner_product_param=17 InnerProductParameter, lrn_param=18 LRNParameter, pooling_param=19 PoolingParameter,
    power_param=21 PowerParameter, eltwise_param=24 EltwiseParameter, relu_param=30 ReLUParameter,
    slice_param=31 SliceParameter, include=32 NetStateRule*, exclude=33 NetStateRule*,
    data_param=11 DataParameter, image_data_param=15 DataParameter, window_data_param=20 DataParameter,
    dummy_data_param=26 DummyDataParameter, memory_data_param=22 MemoryDataParameter, mvn_param=34 MVNParameter,
    transform_param=36 TransformationParameter, softmax_param=39 SoftmaxParameter, exp_param=41 ExpParameter
V0LayerParameter: name=1 string, type=2 string, num_output=3 uint32, biasterm=4 bool [true], pad=7 uint32,
    kernelsize=8 uint32, group=9 uint32 [1], stride=10 uint32 [1], pool=11 PoolMethod, local_size=13 uint32 [5],
    alpha=14 float [1], beta=15 float [0.75], scale=17 float [1], meanfile=18 string,
    cropsize=20 uint32, k=22 float [1], concat_dim=65 uint32 [1],
    blobs=50 BlobProto*
BNParameter: eps=1 float [1e-5], bn_mode=2 BNMode, frozen=3 bool
BatchNormParameter: use_global_stats=1 bool, eps=3 float [1e-5]
BiasParameter: axis=1 int64 [1], num_axes=2 int64 [1]
ClipParameter: min=1 float, max=2 float
ConcatParameter: concat_dim=1 uint64 [1], axis=2 int64 [1]
ConvolutionParameter: num_output=1 uint64, bias_term=2 bool [true], pad=3 uint64*, kernel_size=4 uint64*,
    group=5 uint64 [1], stride=6 uint64*, pad_h=9 uint64, pad_w=10 uint64, kernel_h=11 uint64, kernel_w=12 uint64,
    stride_h=13 uint64, stride_w=14 uint64, dilation=18 uint64*
CropParameter: axis=1 int32 [2], offset=2 uint32*
DataParameter: scale=2 float [1], mean_file=3 string, crop_size=5 uint32
DummyDataParameter: num=2 uint32*, channels=3 uint32*, height=4 uint32*, width=5 uint32*, shape=6 BlobShape*
EltwiseParameter: operation=1 EltwiseOp [SUM], coeff=2 float*
ELUParameter: alpha=1 float [1]
ExpParameter: base=1 float [-1], scale=2 float [1], shift=3 float
FlattenParameter: axis=1 int64 [1], end_axis=2 int64 [-1]
InnerProductParameter: num_output=1 uint64, bias_term=2 bool [true], axis=5 int64 [1], transpose=6 bool
InterpParameter: height=1 int32, width=2 int32, zoom_factor=3 int32 [1], shrink_factor=4 int32 [1], pad_beg=5 int32,
    pad_end=6 int32
InputParameter: shape=1 BlobShape*
LogParameter: base=1 float [-1], scale=2 float [1], shift=3 float
LRNParameter: local_size=1 uint64 [5], alpha=2 float [1], beta=3 float [0.75], norm_region=4 NormRegion, k=5 float [1]
MVNParameter: normalize_variance=1 bool [true], across_channels=2 bool, eps=3 float [1e-9]
MemoryDataParameter: batch_size=1 uint32, channels=2 uint32, height=3 uint32, width=4 uint32
NormalizeParameter: across_spatial=1 bool [true], channel_shared=3 bool [true], eps=4 float [1e-10]
ParameterParameter: shape=1 BlobShape
PermuteParameter: order=1 uint32*
PoolingParameter: pool=1 PoolMethod, kernel_size=2 uint64*, stride=3 uint64*, pad=4 uint64*, kernel_h=5 uint64,
    kernel_w=6 uint64, stride_h=7 uint64, stride_w=8 uint64, pad_h=9 uint64, pad_w=10 uint64, global_pooling=12 bool,
    round_mode=13 RoundMode, ceil_mode=1001 bool [true]
PowerParameter: power=1 float [1], scale=2 float [1], shift=3 float
ReLUParameter: negative_slope=1 float
ReductionParameter: operation=1 ReductionOp [SUM], axis=2 int64, coeff=3 float [1]
ReshapeParameter: shape=1 BlobShape, axis=2 int64, num_axes=3 int64 [-1]
SPPParameter: pyramid_height=1 uint32, pool=2 PoolMethod
ScaleParameter: axis=1 int64 [1], num_axes=2 int64 [1], bias_term=4 bool
ShuffleChannelParameter: group=1 uint32 [1]
SliceParameter: slice_dim=1 uint64 [1], slice_point=2 uint64*, axis=3 int64 [1]
SoftmaxParameter: axis=2 int64 [1]
SwishParameter: beta=1 float [1]
TileParameter: axis=1 int64 [1], tiles=2 int32
TransformationParameter: scale=1 float [1], crop_size=3 uint32, mean_file=4 string, mean_value=5 float*,
    force_gray=7 bool
UpsampleParameter: scale=1 int32 [2], scale_h=2 int32, scale_w=3 int32, upsample_h=6 uint32, upsample_w=7 uint32
"""

# The older layers carry a number where the newer ones carry the type's name.
V1_TYPES = {
    "NONE": (0, ""), "ACCURACY": (1, "Accuracy"), "BNLL": (2, "BNLL"), "CONCAT": (3, "Concat"),
    "CONVOLUTION": (4, "Convolution"), "DATA": (5, "Data"), "DROPOUT": (6, "Dropout"),
    "EUCLIDEAN_LOSS": (7, "EuclideanLoss"), "FLATTEN": (8, "Flatten"), "HDF5_DATA": (9, "HDF5Data"),
    "HDF5_OUTPUT": (10, "HDF5Output"), "IM2COL": (11, "Im2col"), "IMAGE_DATA": (12, "ImageData"),
    "INFOGAIN_LOSS": (13, "InfogainLoss"), "INNER_PRODUCT": (14, "InnerProduct"), "LRN": (15, "LRN"),
    "MULTINOMIAL_LOGISTIC_LOSS": (16, "MultinomialLogisticLoss"), "POOLING": (17, "Pooling"), "RELU": (18, "ReLU"),
    "SIGMOID": (19, "Sigmoid"), "SOFTMAX": (20, "Softmax"), "SOFTMAX_LOSS": (21, "SoftmaxWithLoss"),
    "SPLIT": (22, "Split"), "TANH": (23, "TanH"), "WINDOW_DATA": (24, "WindowData"), "ELTWISE": (25, "Eltwise"),
    "POWER": (26, "Power"), "SIGMOID_CROSS_ENTROPY_LOSS": (27, "SigmoidCrossEntropyLoss"),
    "HINGE_LOSS": (28, "HingeLoss"), "MEMORY_DATA": (29, "MemoryData"), "ARGMAX": (30, "ArgMax"),
    "THRESHOLD": (31, "Threshold"), "DUMMY_DATA": (32, "DummyData"), "SLICE": (33, "Slice"), "MVN": (34, "MVN"),
    "ABSVAL": (35, "AbsVal"), "SILENCE": (36, "Silence"), "CONTRASTIVE_LOSS": (37, "ContrastiveLoss"),
    "EXP": (38, "Exp"), "DECONVOLUTION": (39, "Deconvolution"),
}  # fmt: skip

_ENUMS = {
    "Phase": {"TRAIN": 0, "TEST": 1},
    "EltwiseOp": {"PROD": 0, "SUM": 1, "MAX": 2},
    "BNMode": {"LEARN": 0, "INFERENCE": 1},
    "NormRegion": {"ACROSS_CHANNELS": 0, "WITHIN_CHANNEL": 1},
    "PoolMethod": {"MAX": 0, "AVE": 1, "STOCHASTIC": 2},
    "RawType": {"DOUBLE": 0, "FLOAT": 1, "FLOAT16": 2},
    "ReductionOp": {"SUM": 1, "ASUM": 2, "SUMSQ": 3, "MEAN": 4},
    "RoundMode": {"CEIL": 0, "FLOOR": 1},
    "LayerType": {name: number for name, (number, _) in V1_TYPES.items()},
}


@cache
def message_class(name: str) -> Any:
    """Return the protobuf class of one of Caffe's messages.

    Parameters
    ----------
    name : str
        ``"NetParameter"``, ``"LayerParameter"``, ...

    Examples
    --------
    >>> message_class("LRNParameter")().beta
    0.75
    """
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"dreamcore.caffe.{name}"))


@cache
def _pool() -> Any:
    # A pool of its own: a real Caffe in the same process registers the same names in the default one.
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(name="dreamcore/caffe.proto", package="dreamcore.caffe", syntax="proto2")
    for enum, values in _ENUMS.items():
        # Values share the scope that their enum stands in, so each enum gets a message of its own around it.
        added = file.message_type.add(name=f"{enum}Scope").enum_type.add(name=enum)
        for name, number in values.items():
            added.value.add(name=name, number=number)
    for row in _MESSAGES.replace("\n    ", " ").strip().splitlines():
        message, fields = row.split(":", 1)
        added = file.message_type.add(name=message)
        for field in fields.split(","):
            _add_field(added, *field.split())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add_field(message: Any, name_and_number: str, kind: str, default: str | None = None) -> None:
    name, number = name_and_number.split("=")
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind[-1] in "*+" else field.LABEL_OPTIONAL
    field.options.packed = kind[-1] == "+"
    kind = kind.rstrip("*+")
    if kind in _ENUMS:
        field.type, field.type_name = field.TYPE_ENUM, f".dreamcore.caffe.{kind}Scope.{kind}"
    elif kind[0].isupper():
        field.type, field.type_name = field.TYPE_MESSAGE, f".dreamcore.caffe.{kind}"
    else:
        field.type = getattr(field, f"TYPE_{kind.upper()}")
    if default:
        field.default_value = default.strip("[]")
